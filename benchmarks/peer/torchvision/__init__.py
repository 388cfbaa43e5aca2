"""Stands in for torchvision, of which pyroVED 0.3.0 imports one function, for drawings."""
