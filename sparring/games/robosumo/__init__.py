"""RoboSumo: two robots push each other off a mat, in MuJoCo."""
