#include "model/filter_text.h"

#include <gtest/gtest.h>

namespace kith {
namespace {

TEST(FilterTextTest, NamesTheSetFieldsInOrder) {
  const RelationshipFilter filter{
      .resource_type = "document",
      .resource_id_prefix = "reports/",
      .relation = "viewer",
      .subject = SubjectFilter{.type = "user", .id = "anne", .relation = ""}};
  EXPECT_EQ(DescribeFilter(filter),
            "resource_type \"document\", resource_id_prefix \"reports/\", "
            "relation \"viewer\", subject_type \"user\", subject_id \"anne\", "
            "subject_relation \"\"");
  EXPECT_EQ(FilterFields(filter).size(), 6u);
}

TEST(FilterTextTest, AbsentIsNotEmpty) {
  EXPECT_EQ(DescribeFilter({}), "");
  EXPECT_EQ(DescribeFilter({.subject = SubjectFilter{.type = "user"}}),
            "subject_type \"user\"");
}

}  // namespace
}  // namespace kith
