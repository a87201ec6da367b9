"""Training of the network that tells how a face looks: perceived gender, age band, mask."""
