# Writes a C++ file with the content of text files: cmake -DOUT=x.cpp -DFILES=a.js,b.js -P embed.cmake
# The file defines otento::console::prelude() (console/prelude.hpp).
string(REPLACE "," ";" files "${FILES}")
set(entries "")
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME)
  file(READ ${file} content)
  string(APPEND entries "    {\"<otento>/${name}\", R\"~otento~(${content})~otento~\"},\n")
endforeach()
file(WRITE ${OUT} "// Made by cmake/embed.cmake from src/console/prelude.
#include <otento/console/prelude.hpp>

namespace otento::console {
namespace {
constexpr PreludeFile FILES[] = {
${entries}};
}  // namespace
std::span<const PreludeFile> prelude() noexcept { return FILES; }
}  // namespace otento::console
")
