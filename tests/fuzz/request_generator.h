#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "fuzz/byte_source.h"

namespace kith::fuzz {

// Tokens and cursors that earlier answers gave, the newest few.
class SeenTexts {
 public:
  // Takes the tokens and cursors anywhere in `message`.
  void Collect(const google::protobuf::Message& message);

  const std::vector<std::string>& tokens() const { return tokens_; }
  const std::vector<std::string>& cursors() const { return cursors_; }

 private:
  std::vector<std::string> tokens_;
  std::vector<std::string> cursors_;
};

// Fills any request from a fuzzer's bytes. What a field is called decides from
// which texts its value is taken, so that most requests make sense to the
// schemas of `Schemas()`; a few bytes make them not. Zeros make a plain,
// valid request.
class RequestGenerator {
 public:
  // `now` is the time of the database in seconds, which expiries are about.
  RequestGenerator(ByteSource* in, const SeenTexts& seen, int64_t now)
      : in_(*in), seen_(seen), now_(now) {}

  void Fill(google::protobuf::Message* message) { FillMessage(message, 0); }

  static const std::vector<std::string>& Schemas();
  // To start from, under the first schema.
  static const std::vector<std::string>& Relationships();
  static const std::vector<std::string>& Counters();

 private:
  using Field = google::protobuf::FieldDescriptor;

  void FillMessage(google::protobuf::Message* message, int depth);
  void FillField(google::protobuf::Message* message, const Field& field,
                 int depth);
  void FillStruct(google::protobuf::Message* message, int depth);
  void FillTimestamp(google::protobuf::Message* message);
  void SetOrAdd(google::protobuf::Message* message, const Field& field,
                int depth);
  std::string TextFor(const Field& field);
  std::string Pick(const std::vector<std::string>& texts);
  std::string AnyText();
  uint64_t PickNumber();

  ByteSource& in_;
  const SeenTexts& seen_;
  const int64_t now_;
};

}  // namespace kith::fuzz
