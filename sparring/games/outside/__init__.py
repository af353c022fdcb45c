"""Games from outside: environments of Gymnasium and PettingZoo behind the interface of batched rules."""
