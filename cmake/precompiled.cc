// A source file, so that the precompiled headers have a library.
