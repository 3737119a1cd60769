# How a room is built. ci/layers.txt names the rooms; in each, every .c file is part of its library,
# x_test.c is a unit test of its own, and x_fuzz.c is a fuzz target (libFuzzer with the fuzz preset,
# otherwise a program that replays its corpus, so that the corpus is a regression test everywhere).

set(HOUSE_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
    -Wmissing-prototypes -Wvla -Wcast-qual -Wwrite-strings -Wformat=2 -Wimplicit-fallthrough
    -Wswitch-enum -Wredundant-decls)
# Criterion's assertion macros do not survive -Wconversion and its relatives.
set(HOUSE_TEST_WARNINGS -Wall -Wextra)
if(HOUSE_WERROR)
  list(APPEND HOUSE_WARNINGS -Werror)
  list(APPEND HOUSE_TEST_WARNINGS -Werror)
endif()
set(HOUSE_SANITIZER_MARKS
    "LeakSanitizer|AddressSanitizer|ThreadSanitizer|runtime error:")

add_library(house INTERFACE)
target_include_directories(house INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_compile_definitions(house INTERFACE _GNU_SOURCE)
if(HOUSE_SANITIZE)
  target_compile_options(house INTERFACE -fsanitize=${HOUSE_SANITIZE} -fno-omit-frame-pointer
                                         -fno-sanitize-recover=all)
  target_link_options(house INTERFACE -fsanitize=${HOUSE_SANITIZE})
endif()
target_link_libraries(house INTERFACE Threads::Threads)

# component(FOLDER USES...): the library of a room and what stands beside its modules.
function(component folder)
  string(REPLACE "/" "_" name ${folder})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.c)
  set(own ${sources})
  list(FILTER own EXCLUDE REGEX "(_test|_fuzz|/main)\\.c$")
  if(NOT own)
    return()
  endif()
  set(uses "")
  foreach(use ${ARGN})
    string(REPLACE "/" "_" use ${use})
    if(TARGET ${use})
      list(APPEND uses ${use})
    endif()
  endforeach()
  add_library(${name} STATIC ${own})
  target_compile_options(${name} PRIVATE ${HOUSE_WARNINGS})
  target_link_libraries(${name} PUBLIC house ${uses} ${HOUSE_LIBS_${name}})
  embed(${name} ${folder})
  foreach(source ${sources})
    if(source MATCHES "_test\\.c$")
      unit_test(${name} ${source})
    elseif(source MATCHES "_fuzz\\.c$")
      fuzz_target(${name} ${source})
    endif()
  endforeach()
endfunction()

# embed(LIBRARY FOLDER): style sheets and scripts of a page are files of their own; x.css is compiled in
# where "FOLDER/x.css.inc" is included, and is then the span X_CSS.
function(embed library folder)
  file(GLOB pages CONFIGURE_DEPENDS ${folder}/*.css ${folder}/*.js)
  foreach(page ${pages})
    get_filename_component(file ${page} NAME)
    string(TOUPPER ${file} word)
    string(REPLACE "." "_" word ${word})
    set(made ${PROJECT_BINARY_DIR}/${folder}/${file}.inc)
    add_custom_command(OUTPUT ${made}
      COMMAND ${CMAKE_COMMAND} -DIN=${page} -DOUT=${made} -DNAME=${word}
        -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
      DEPENDS ${page} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake)
    target_sources(${library} PRIVATE ${made})
  endforeach()
endfunction()

# unit_test(LIBRARY FILE): links its own room only, so that a layering mistake fails to link.
function(unit_test library source)
  if(NOT HOUSE_TESTS OR HOUSE_FUZZ)
    return()
  endif()
  get_filename_component(stem ${source} NAME_WE)
  set(name ${library}_${stem})
  add_executable(${name} ${source})
  target_compile_options(${name} PRIVATE ${HOUSE_TEST_WARNINGS})
  target_link_libraries(${name} PRIVATE ${library} criterion)
  add_test(NAME unit/${name} COMMAND ${name} --jobs 1 WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(unit/${name} PROPERTIES TIMEOUT 120
    FAIL_REGULAR_EXPRESSION "${HOUSE_SANITIZER_MARKS}")
endfunction()

# fuzz_target(LIBRARY FILE): x_fuzz.c reads the corpus folder x.corpus beside it.
function(fuzz_target library source)
  if(NOT HOUSE_TESTS)
    return()
  endif()
  get_filename_component(stem ${source} NAME_WE)
  get_filename_component(folder ${source} DIRECTORY)
  string(REGEX REPLACE "_fuzz$" ".corpus" corpus ${stem})
  set(name fuzz_${library}_${stem})
  add_executable(${name} ${source})
  target_compile_options(${name} PRIVATE ${HOUSE_TEST_WARNINGS})
  target_link_libraries(${name} PRIVATE ${library})
  if(HOUSE_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_test(NAME fuzz/${name} COMMAND ${PROJECT_SOURCE_DIR}/tests/support/fuzz-briefly
      $<TARGET_FILE:${name}> ${folder}/${corpus} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  else()
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/fuzz_main.c)
    add_test(NAME corpus/${name} COMMAND ${name} ${folder}/${corpus}
      WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  endif()
endfunction()

# rooms(FILE): one component for each row of the layers table that the options select.
function(rooms table)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${table})
  file(STRINGS ${table} rows REGEX "^[a-z]")
  foreach(row ${rows})
    string(REGEX REPLACE "[ \t]+" ";" row "${row}")
    list(POP_FRONT row folder)
    if((folder MATCHES "^ref/" AND NOT REF) OR
       (folder MATCHES "^(harness/|pcap|reports)" AND NOT HARNESS))
      continue()
    endif()
    component(${folder} ${row})
  endforeach()
endfunction()
