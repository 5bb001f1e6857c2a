#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kith::bench {

// May the subject do something on the resource? What a question leaves out
// (a lookup one of the two ids) is empty.
struct Question {
  std::string resource_type;
  std::string resource_id;
  std::string permission;
  std::string subject_type;
  std::string subject_id;
};

// "document:readme#view@user:anne", as a relationship is written.
Question ParseQuestion(std::string_view text);
// One a line. Ends the program when there is none.
std::vector<Question> ReadQuestions(const std::string& path);

}  // namespace kith::bench
