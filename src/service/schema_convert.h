#pragma once

#include "kith/schema_tools.h"

// Reflected schemas as messages of the wire. Each message is there twice, of
// SchemaService and under older names of ExperimentalService, with the same
// fields; hence templates, and no implementation file.

namespace kith::service {

template <typename Out>
void SetSubject(const ReflectedSubject& in, Out* out) {
  out->set_subject_definition_name(in.type);
  out->set_optional_caveat_name(in.caveat);
  if (in.wildcard) {
    out->set_is_public_wildcard(true);
  } else if (in.relation.empty()) {
    out->set_is_terminal_subject(true);
  } else {
    out->set_optional_relation_name(in.relation);
  }
}

template <typename Out>
void SetPart(const ReflectedRelation& in, Out* out) {
  out->set_name(in.name);
  out->set_comment(in.comment);
  out->set_parent_definition_name(in.definition);
  for (const ReflectedSubject& subject : in.subjects) {
    SetSubject(subject, out->add_subject_types());
  }
}

template <typename Out>
void SetPart(const ReflectedPermission& in, Out* out) {
  out->set_name(in.name);
  out->set_comment(in.comment);
  out->set_parent_definition_name(in.definition);
}

template <typename Out>
void SetPart(const ReflectedDefinition& in, Out* out) {
  out->set_name(in.name);
  out->set_comment(in.comment);
  for (const auto& relation : in.relations) {
    SetPart(relation, out->add_relations());
  }
  for (const auto& permission : in.permissions) {
    SetPart(permission, out->add_permissions());
  }
}

template <typename Out>
void SetPart(const ReflectedParameter& in, Out* out) {
  out->set_name(in.name);
  out->set_type(in.type);
  out->set_parent_caveat_name(in.caveat);
}

template <typename Out>
void SetPart(const ReflectedCaveat& in, Out* out) {
  out->set_name(in.name);
  out->set_comment(in.comment);
  for (const auto& parameter : in.parameters) {
    SetPart(parameter, out->add_parameters());
  }
  out->set_expression(in.expression);
}

// The two messages that hold more than the part that differs.
template <typename Out>
void SetSubjectChange(const SchemaDifference& in, Out* out) {
  SetPart(std::get<ReflectedRelation>(in.subject), out->mutable_relation());
  SetSubject(in.changed_subject, out->mutable_changed_subject_type());
}
template <typename Out>
void SetTypeChange(const SchemaDifference& in, Out* out) {
  SetPart(std::get<ReflectedParameter>(in.subject), out->mutable_parameter());
  out->set_previous_type(in.previous);
}

template <typename Out>
void SetDefinitionDifference(const SchemaDifference& in, Out* out) {
  using Kind = SchemaDifference::Kind;
  const auto& part = std::get<ReflectedDefinition>(in.subject);
  if (in.kind == Kind::kDefinitionAdded) {
    SetPart(part, out->mutable_definition_added());
  } else if (in.kind == Kind::kDefinitionRemoved) {
    SetPart(part, out->mutable_definition_removed());
  } else {
    SetPart(part, out->mutable_definition_doc_comment_changed());
  }
}

template <typename Out>
void SetRelationDifference(const SchemaDifference& in, Out* out) {
  using Kind = SchemaDifference::Kind;
  const auto& part = std::get<ReflectedRelation>(in.subject);
  if (in.kind == Kind::kRelationAdded) {
    SetPart(part, out->mutable_relation_added());
  } else if (in.kind == Kind::kRelationRemoved) {
    SetPart(part, out->mutable_relation_removed());
  } else if (in.kind == Kind::kRelationSubjectAdded) {
    SetSubjectChange(in, out->mutable_relation_subject_type_added());
  } else if (in.kind == Kind::kRelationSubjectRemoved) {
    SetSubjectChange(in, out->mutable_relation_subject_type_removed());
  } else {
    SetPart(part, out->mutable_relation_doc_comment_changed());
  }
}

template <typename Out>
void SetPermissionDifference(const SchemaDifference& in, Out* out) {
  using Kind = SchemaDifference::Kind;
  const auto& part = std::get<ReflectedPermission>(in.subject);
  if (in.kind == Kind::kPermissionAdded) {
    SetPart(part, out->mutable_permission_added());
  } else if (in.kind == Kind::kPermissionRemoved) {
    SetPart(part, out->mutable_permission_removed());
  } else if (in.kind == Kind::kPermissionExpressionChanged) {
    SetPart(part, out->mutable_permission_expr_changed());
  } else {
    SetPart(part, out->mutable_permission_doc_comment_changed());
  }
}

template <typename Out>
void SetCaveatDifference(const SchemaDifference& in, Out* out) {
  using Kind = SchemaDifference::Kind;
  const auto& part = std::get<ReflectedCaveat>(in.subject);
  if (in.kind == Kind::kCaveatAdded) {
    SetPart(part, out->mutable_caveat_added());
  } else if (in.kind == Kind::kCaveatRemoved) {
    SetPart(part, out->mutable_caveat_removed());
  } else if (in.kind == Kind::kCaveatExpressionChanged) {
    SetPart(part, out->mutable_caveat_expr_changed());
  } else {
    SetPart(part, out->mutable_caveat_doc_comment_changed());
  }
}

template <typename Out>
void SetParameterDifference(const SchemaDifference& in, Out* out) {
  using Kind = SchemaDifference::Kind;
  const auto& part = std::get<ReflectedParameter>(in.subject);
  if (in.kind == Kind::kCaveatParameterAdded) {
    SetPart(part, out->mutable_caveat_parameter_added());
  } else if (in.kind == Kind::kCaveatParameterRemoved) {
    SetPart(part, out->mutable_caveat_parameter_removed());
  } else {
    SetTypeChange(in, out->mutable_caveat_parameter_type_changed());
  }
}

template <typename Out>
void SetDifference(const SchemaDifference& in, Out* out) {
  if (std::holds_alternative<ReflectedDefinition>(in.subject)) {
    SetDefinitionDifference(in, out);
  } else if (std::holds_alternative<ReflectedRelation>(in.subject)) {
    SetRelationDifference(in, out);
  } else if (std::holds_alternative<ReflectedPermission>(in.subject)) {
    SetPermissionDifference(in, out);
  } else if (std::holds_alternative<ReflectedCaveat>(in.subject)) {
    SetCaveatDifference(in, out);
  } else {
    SetParameterDifference(in, out);
  }
}

}  // namespace kith::service
