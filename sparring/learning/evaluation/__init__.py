"""How strong a learner is: probes, duels with reference agents, signs of a collapse."""
