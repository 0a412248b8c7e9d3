# libwaxsession.a
