# A room is a folder of runner/: one static library, which sees only the rooms that it names. The include path
# is shared, so it is the link step that fails when a room reaches into one it does not name. A room may stand in
# another (rehearsal/store); its target is then zdt_rehearsal_store.
#
#   zdt_room(FOLDER [SHALLOW] [LINK libraries...])    SHALLOW: only the files of the folder itself
function(zdt_room folder)
  cmake_parse_arguments(ARG "SHALLOW" "" "LINK" ${ARGN})
  string(REPLACE / _ name ${folder})
  if(ARG_SHALLOW)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
  else()
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
  endif()
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(zdt_${name} STATIC ${sources})
  target_link_libraries(zdt_${name} PUBLIC zdt_options ${ARG_LINK})
  if(NOT name STREQUAL base)
    target_precompile_headers(zdt_${name} REUSE_FROM zdt_base)
  endif()
endfunction()

# The tests of a room mirror it: tests/unit/FOLDER/*_test.cpp become the program unit_NAME.
#
#   zdt_unit_tests(FOLDER [LINK libraries...])
function(zdt_unit_tests folder)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  string(REPLACE / _ name ${folder})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/unit/${folder}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(unit_${name} ${sources})
  target_link_libraries(unit_${name} PRIVATE zdt_${name} GTest::gtest GTest::gtest_main ${ARG_LINK})
  target_include_directories(unit_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(unit_${name} PRIVATE ZDT_SOURCE="${CMAKE_SOURCE_DIR}")
  target_precompile_headers(unit_${name} REUSE_FROM zdt_base)
  gtest_discover_tests(unit_${name} TEST_PREFIX "${folder}: " DISCOVERY_MODE PRE_TEST
    PROPERTIES TIMEOUT 120 LABELS unit)
endfunction()
