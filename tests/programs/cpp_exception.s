# The tag of C++ exceptions, which the C++ library for wasm leaves to whoever links.
	.globl __cpp_exception
	.tagtype __cpp_exception i32
__cpp_exception:
