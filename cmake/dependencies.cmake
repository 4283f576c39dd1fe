# Every library that the host links, found once. All come from Debian 12 (see the README's table).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(GTest REQUIRED)
pkg_check_modules(LUA REQUIRED IMPORTED_TARGET lua5.4-c++)
pkg_check_modules(ARCHIVE REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(RE2 REQUIRED re2)
add_library(zdt_re2 INTERFACE)  # without its -pthread, which the precompiled header is not compiled with
target_link_libraries(zdt_re2 INTERFACE ${RE2_LINK_LIBRARIES})
pkg_check_modules(NFTABLES REQUIRED IMPORTED_TARGET libnftables)

# What every source is compiled with, ours or a test.
add_library(zdt_options INTERFACE)
target_compile_options(zdt_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror
  # GCC 12 reports these inside inlined standard and Asio code (gcc.gnu.org/PR105329, PR105593, PR104475).
  -Wno-restrict -Wno-maybe-uninitialized -Wno-dangling-pointer -Wno-mismatched-new-delete
  # Meant for headers; files that are compiled together look like some.
  -Wno-subobject-linkage
  # Designated initialisers name what differs; the other fields have their defaults in the struct.
  -Wno-missing-field-initializers)
target_compile_definitions(zdt_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED JSON_USE_IMPLICIT_CONVERSIONS=0)
target_include_directories(zdt_options INTERFACE ${CMAKE_SOURCE_DIR}/runner)
