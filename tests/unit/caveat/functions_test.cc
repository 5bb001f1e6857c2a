#include <limits>
#include <string>
#include <vector>

#include "caveat/functions/time_text.h"
#include "gtest/gtest.h"
#include "unit/caveat/outcome.h"

namespace kith::caveat {
namespace {

struct Case {
  const char* expression;
  const char* outcome;
};

void ExpectAll(const std::vector<Case>& cases,
               const std::vector<Given>& given = {}) {
  for (const Case& test : cases) {
    EXPECT_EQ(Outcome(test.expression, given), test.outcome) << test.expression;
  }
}

std::string InCidr(const char* ip, const char* cidr) {
  return Outcome("a.in_cidr(c)",
                 {{"a", "ipaddress", CelValue::Ip(ParseIp(ip).value())},
                  {"c", "string", CelValue::String(cidr)}});
}

TEST(InCidrTest, Table) {
  const struct {
    const char* ip;
    const char* cidr;
    const char* outcome;
  } kCases[] = {
      {"10.1.2.3", "10.0.0.0/8", "true"},
      {"11.1.2.3", "10.0.0.0/8", "false"},
      {"10.1.2.3", "10.9.9.9/8", "true"},
      {"10.1.2.3", "0.0.0.0/0", "true"},
      {"10.1.2.3", "10.1.2.3/32", "true"},
      {"10.1.2.2", "10.1.2.3/32", "false"},
      {"10.1.2.2", "10.1.2.3/31", "true"},
      {"10.1.2.127", "10.1.2.0/25", "true"},
      {"10.1.2.128", "10.1.2.0/25", "false"},
      {"2001:db8::1", "2001:db8::/32", "true"},
      {"2001:db9::1", "2001:db8::/32", "false"},
      {"2001:db8::1", "::/0", "true"},
      {"::1", "::1/128", "true"},
      {"10.1.2.3", "::/0", "false"},
      {"::1", "0.0.0.0/0", "false"},
      // IPv4 in the clothes of IPv6, on either side or both.
      {"::ffff:10.1.2.3", "10.0.0.0/8", "true"},
      {"::ffff:11.1.2.3", "10.0.0.0/8", "false"},
      {"::ffff:10.1.2.3", "::/0", "false"},
      {"10.1.2.3", "::ffff:10.0.0.0/104", "true"},
      {"::ffff:10.1.2.3", "::ffff:10.0.0.0/104", "true"},
      {"11.1.2.3", "::ffff:10.0.0.0/104", "false"},
      {"10.1.2.3", "", "error: \"\" is not an IP network"},
      {"10.1.2.3", "10.0.0.0", "error: \"10.0.0.0\" is not an IP network"},
      {"10.1.2.3", "10.0.0.0/", "error: \"10.0.0.0/\" is not an IP network"},
      {"10.1.2.3", "10.0.0.0/33",
       "error: \"10.0.0.0/33\" is not an IP network"},
      {"10.1.2.3", "10.0.0.0/08",
       "error: \"10.0.0.0/08\" is not an IP network"},
      {"10.1.2.3", "10.0.0.0/+8",
       "error: \"10.0.0.0/+8\" is not an IP network"},
      {"10.1.2.3", "10.0.0.0/256",
       "error: \"10.0.0.0/256\" is not an IP network"},
      {"10.1.2.3", "10.0.0.0/-1",
       "error: \"10.0.0.0/-1\" is not an IP network"},
      {"10.1.2.3", "10.0.0/8", "error: \"10.0.0/8\" is not an IP network"},
      {"10.1.2.3", "010.0.0.0/8",
       "error: \"010.0.0.0/8\" is not an IP network"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(InCidr(test.ip, test.cidr), test.outcome)
        << test.ip << " " << test.cidr;
    // The same with the network as a literal, parsed when it compiles.
    const std::string literal =
        Outcome("a.in_cidr('" + std::string(test.cidr) + "')",
                {{"a", "ipaddress", CelValue::Ip(ParseIp(test.ip).value())}});
    const bool is_error = std::string(test.outcome).starts_with("error");
    EXPECT_EQ(literal.starts_with("invalid"), is_error);
    if (!is_error) {
      EXPECT_EQ(literal, test.outcome);
    }
  }
}

TEST(IsSubtreeOfTest, Table) {
  ExpectAll({
      {"{}.isSubtreeOf({})", "true"},
      {"{}.isSubtreeOf({'a': 1})", "true"},
      {"{'a': 1}.isSubtreeOf({})", "false"},
      {"{'a': 1}.isSubtreeOf({'a': 1, 'b': 2})", "true"},
      {"{'a': 1}.isSubtreeOf({'a': 2})", "false"},
      {"{'a': 1}.isSubtreeOf({'b': 1})", "false"},
      {"{'a': {'b': 1}}.isSubtreeOf({'a': {'b': 1, 'c': 2}})", "true"},
      {"{'a': {'b': 1}}.isSubtreeOf({'a': {'c': 2}})", "false"},
      {"{'a': {}}.isSubtreeOf({'a': {'c': 2}})", "true"},
      {"{'a': [1, 2]}.isSubtreeOf({'a': [1, 2]})", "true"},
      {"{'a': [1]}.isSubtreeOf({'a': [1, 2]})", "false"},
      {"{'a': dyn(1)}.isSubtreeOf({'a': dyn({'b': 1})})", "false"},
      {"{'a': dyn({'b': 1})}.isSubtreeOf({'a': dyn(1)})", "false"},
      {"{'a': dyn(1)}.isSubtreeOf({'a': dyn(1.0)})", "true"},
      {"{'a': dyn(null)}.isSubtreeOf({'a': dyn(null)})", "true"},
  });
}

TEST(NumberTest, EdgesOfTheIntegers) {
  ExpectAll({
      {"9223372036854775807 + 1", "error: integer overflow"},
      {"-9223372036854775808 - 1", "error: integer overflow"},
      {"-(-9223372036854775808)", "error: integer overflow"},
      {"-9223372036854775808 / -1", "error: integer overflow"},
      {"-9223372036854775808 % -1", "0"},
      {"0u - 1u", "error: integer overflow"},
      {"1 % 0", "error: modulus by zero"},
      {"1u / 0u", "error: division by zero"},
      {"1.0 / 0.0", "Infinity"},
      {"-1.0 / 0.0", "-Infinity"},
      {"0.0 / 0.0", "NaN"},
      {"0.0 / 0.0 == 0.0 / 0.0", "false"},
      {"0.0 / 0.0 != 0.0 / 0.0", "true"},
      {"0.0 / 0.0 < 1.0 || 0.0 / 0.0 >= 1.0", "false"},
      {"[0.0 / 0.0] == [0.0 / 0.0]", "false"},
      {"0.0 / 0.0 in [0.0 / 0.0]", "false"},
      {"0.0 == -0.0", "true"},
      {"dyn(9007199254740993) == 9007199254740992.0", "true"},
      {"dyn(18446744073709551615u) > -1", "true"},
      {"int(9223372036854775807u)", "9223372036854775807"},
      {"int(9223372036854775808u)",
       "error: 9223372036854775808 is out of the range of int"},
      {"int(-9223372036854775808.0)",
       "error: -9.223372036854776e+18 is out of the range of int"},
      {"int(0.0 / 0.0)", "error: NaN is out of the range of int"},
      {"uint(-0.5)", "error: -0.5 is out of the range of uint"},
      {"int('-12')", "-12"},
      {"int('12x')", "error: \"12x\" is not a int"},
      {"int('')", "error: \"\" is not a int"},
      {"int('9223372036854775808')",
       "error: \"9223372036854775808\" is not a int"},
      {"double('-inf')", "-Infinity"},
      {"double('1e-999')", "0"},
      {"double('1e999')", "error: \"1e999\" is not a double"},
      {"double('+-1')", "error: \"+-1\" is not a double"},
      {"0x7fffffffffffffff", "9223372036854775807"},
      {"-0x8000000000000000", "-9223372036854775808"},
      {"0xffffffffffffffffu", "18446744073709551615"},
      {"{1: 'a'}[1u]",
       "invalid: line 1, column 9: \"[]\" does not take "
       "(map<int, string>, uint)"},
      {"{1: 'a'}[dyn(1u)]", "a"},
      {"{1: 'a'}[dyn(1.0)]", "a"},
      {"{1: 'a', 1u: 'b'}", "error: repeated key in a map"},
      {"[1][-1]", "error: index -1 is out of range, size is 1"},
      {"[1][1]", "error: index 1 is out of range, size is 1"},
      {"math.round(-0.4)", "-0"},
      {"math.bitShiftLeft(1, -1)", "error: negative shift"},
  });
}

TEST(TextTest, CountsCodePoints) {
  ExpectAll({
      {"size('\xf0\x9f\x90\xb1\xc3\xa4')", "2"},
      {"size(b'\xc3\xa4')", "2"},
      {"'\xf0\x9f\x90\xb1x'.charAt(1)", "x"},
      {"'\xf0\x9f\x90\xb1x'.substring(0, 1)", "\xf0\x9f\x90\xb1"},
      {"'a\xc3\xa4z'.reverse()",
       "z\xc3\xa4"
       "a"},
      {"'\xc3\xa4z'.lastIndexOf('z')", "1"},
      {"string(b'\\xff')", "error: bytes are not valid UTF-8"},
      {"string(b'\\xed\\xa0\\x80')", "error: bytes are not valid UTF-8"},
      {"string(b'\\xc0\\x80')", "error: bytes are not valid UTF-8"},
      {"'abc'.substring(2, 1)", "error: index out of range: 1"},
      {"'abc'.charAt(4)", "error: index out of range: 4"},
      {"'a,b,c'.split(',')", "[a, b, c]"},
      {"'a,b,c'.split(',', 2)", "[a, b,c]"},
      {"'abc'.split('')", "[a, b, c]"},
      {"'abc'.split('', 2)", "[a, bc]"},
      {"''.split('')", "[]"},
      {"''.split(',')", "[]"},
      {"'abc'.replace('', '-')", "-a-b-c-"},
      {"'abc'.replace('', '-', 2)", "-a-bc"},
      {"'aaa'.replace('aa', 'b')", "ba"},
      {"'aaa'.replace('a', 'b', 2)", "bba"},
      {"'aaa'.replace('a', 'b', 0)", "aaa"},
      {"'aaa'.replace('a', 'b', -1)", "bbb"},
      {"'  \\t '.trim()", ""},
      {"'%d%% of %s'.format([50, ['x', 1.5, null]])", "50% of [x, 1.5, null]"},
      {"'%x %b'.format([-255, -2])", "-ff -10"},
      {"'%d'.format([-9223372036854775808])", "-9223372036854775808"},
      {"'%'.format([])", "error: bad formatting clause"},
  });
}

TEST(TimeTest, ParsesGoDurations) {
  const struct {
    const char* text;
    const char* printed;
  } kCases[] = {
      {"0", "0s"},
      {"1h30m", "5400s"},
      {"-1.5s", "-1.5s"},
      {"+2m", "120s"},
      {"1ms1us1ns", "0.001001001s"},
      {"3\xc2\xb5s", "0.000003s"},
      {".5s", "0.5s"},
      {"1.s", "1s"},
      {"0.0000000001h", "0.00000036s"},
      {"2562047h47m16.854775807s", "9223372036.854775807s"},
      {"-2562047h47m16.854775808s", "-9223372036.854775808s"},
  };
  for (const auto& test : kCases) {
    const auto nanos = ParseDuration(test.text);
    ASSERT_TRUE(nanos) << test.text;
    EXPECT_EQ(DurationText(*nanos), test.printed);
  }
  for (const char* const text :
       {"", "-", "1", "s", "1x", ".s", "1h-1m", "1 h", "--1s",
        "2562047h47m16.854775808s", "-2562047h47m16.854775809s",
        "99999999999999999999999999999999999999999h"}) {
    EXPECT_FALSE(ParseDuration(text)) << text;
  }
}

TEST(TimeTest, ParsesRfc3339) {
  const struct {
    const char* text;
    const char* printed;
  } kCases[] = {
      {"2009-02-13T23:31:30Z", "2009-02-13T23:31:30Z"},
      {"2009-02-13t23:31:30z", "2009-02-13T23:31:30Z"},
      {"2009-02-13T23:31:30.5+01:30", "2009-02-13T22:01:30.5Z"},
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
      {"9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"},
      {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
  };
  for (const auto& test : kCases) {
    const auto time = ParseTimestamp(test.text);
    ASSERT_TRUE(time) << test.text;
    EXPECT_EQ(TimestampText(*time), test.printed);
  }
  for (const char* const text :
       {"", "2009-02-13", "2009-02-13T23:31:30", "2009-02-13 23:31:30Z",
        "2009-02-30T00:00:00Z", "2009-02-13T24:00:00Z", "2009-02-13T23:60:00Z",
        "2009-02-13T23:59:60Z", "2009-13-01T00:00:00Z", "2009-2-13T00:00:00Z",
        "2009-02-13T23:31:30.Z", "2009-02-13T23:31:30+1:00",
        "2009-02-13T23:31:30ZZ", "0000-12-31T23:59:59Z",
        "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
        "10000-01-01T00:00:00Z", "infinite-future"}) {
    EXPECT_FALSE(ParseTimestamp(text)) << text;
  }
}

TEST(TimeTest, TimeZones) {
  ExpectAll({
      {"timestamp('2024-07-01T12:00:00Z').getHours('America/New_York')", "8"},
      {"timestamp('2024-01-01T12:00:00Z').getHours('America/New_York')", "7"},
      {"timestamp('2024-01-01T12:00:00Z').getHours('-00:30')", "11"},
      {"timestamp('2024-01-01T12:00:00.123Z').getMilliseconds()", "123"},
      {"timestamp('2024-01-01T00:00:00Z').getHours('UTC')", "0"},
      {"timestamp('2024-01-01T00:00:00Z').getHours('Mars')",
       "invalid: line 1, column 34: unknown time zone \"Mars\""},
      {"duration('90m').getHours()", "1"},
      {"duration('-90m').getMinutes()", "-90"},
  });
}

TEST(TimeTest, NamesOfZonesAreNoPaths) {
  for (const char* const name :
       {"../../etc/passwd", "/etc/localtime", "", ".", "Europe", "europe/rome",
        "file:/etc/localtime", "Mars", "24:00", "+1:00"}) {
    EXPECT_EQ(
        Outcome("t.getHours(z)", {{"t", "timestamp", CelValue::Timestamp({})},
                                  {"z", "string", CelValue::String(name)}}),
        "error: unknown time zone \"" + std::string(name) + "\"");
  }
  EXPECT_EQ(Outcome("t.getHours(z)",
                    {{"t", "timestamp", CelValue::Timestamp({})},
                     {"z", "string", CelValue::String("Europe/Rome")}}),
            "1");
}

TEST(NetworkTest, FormsOfAddresses) {
  ExpectAll({
      {"isIP('::ffff:1.2.3.4')", "false"},
      {"isIP('1.2.3')", "false"},
      {"isIP('01.2.3.4')", "false"},
      {"isIP('1.2.3.4\\x00')", "false"},
      {"isIP('fe80::1%eth0')", "false"},
      {"isIP('')", "false"},
      {"isCIDR('10.0.0.0/8')", "true"},
      {"isCIDR('10.0.0.0/33')", "false"},
      {"string(ip('2001:0DB8:0:0::1'))", "2001:db8::1"},
      {"string(cidr('10.1.2.3/9').masked())", "10.0.0.0/9"},
      {"string(cidr('2001:db8:ffff::/33').masked())", "2001:db8:8000::/33"},
      {"string(cidr('10.1.2.3/9').ip())", "10.1.2.3"},
      {"cidr('10.0.0.0/8') == cidr('10.0.0.1/8')", "false"},
  });
}

}  // namespace
}  // namespace kith::caveat
