# libwaxresolver.a
