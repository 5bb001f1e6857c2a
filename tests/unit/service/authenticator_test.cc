#include "service/authenticator.h"

#include <gtest/gtest.h>

#include <string>

namespace kith::service {
namespace {

absl::StatusCode CodeOf(const Authenticator& keys, std::string_view header) {
  return keys.Authenticate(header).code();
}

TEST(AuthenticatorTest, EachKeyIsAccepted) {
  const Authenticator keys({"first", "second"});
  EXPECT_TRUE(keys.Authenticate("Bearer first").ok());
  EXPECT_TRUE(keys.Authenticate("Bearer second").ok());
  EXPECT_TRUE(keys.Authenticate("bearer first").ok()) << "schemes ignore case";
}

TEST(AuthenticatorTest, WithoutATokenIsUnauthenticated) {
  const Authenticator keys({"first"});
  for (const char* header :
       {"", "Bearer", "Bearer ", "first", "Basic first", "Bearerfirst"}) {
    EXPECT_EQ(CodeOf(keys, header), absl::StatusCode::kUnauthenticated)
        << header;
  }
}

TEST(AuthenticatorTest, AWrongTokenIsDenied) {
  const Authenticator keys({"first", "second"});
  for (const char* header : {"Bearer firs", "Bearer firstt", "Bearer First",
                             "Bearer  first", "Bearer firstsecond"}) {
    EXPECT_EQ(CodeOf(keys, header), absl::StatusCode::kPermissionDenied)
        << header;
  }
}

TEST(AuthenticatorTest, ErrorsDoNotRepeatTheToken) {
  const Authenticator keys({"first"});
  for (const char* header : {"Bearer canary", "Basic canary"}) {
    EXPECT_EQ(keys.Authenticate(header).ToString().find("canary"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace kith::service
