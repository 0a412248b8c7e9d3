# sealwaxd, sealwax-check
