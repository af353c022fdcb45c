"""Games as other libraries know environments: Gymnasium, PettingZoo, and vectors of matches with send and receive."""
