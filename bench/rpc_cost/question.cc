#include "bench/rpc_cost/question.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

namespace kith::bench {
namespace {

// What is before `end`, which goes too.
std::string Take(std::string_view* text, char end) {
  const size_t length = text->find(end);
  const std::string taken(text->substr(0, length));
  text->remove_prefix(length == std::string_view::npos ? text->size()
                                                       : length + 1);
  return taken;
}

}  // namespace

Question ParseQuestion(std::string_view text) {
  Question question;
  question.resource_type = Take(&text, ':');
  question.resource_id = Take(&text, '#');
  question.permission = Take(&text, '@');
  question.subject_type = Take(&text, ':');
  question.subject_id = std::string(text);
  return question;
}

std::vector<Question> ReadQuestions(const std::string& path) {
  std::vector<Question> questions;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) questions.push_back(ParseQuestion(line));
  }
  if (questions.empty()) {
    fmt::print(stderr, "there is no question in \"{}\"\n", path);
    std::exit(1);
  }
  return questions;
}

}  // namespace kith::bench
