#pragma once

#include <vector>

#include "engine/program.h"
#include "schema/schema.h"

namespace kith::engine {

// Compiles all relations and permissions of a schema for one kind of subject.
// Linear in the size of the schema. Recursion follows the nesting of
// expressions only, which the schema language bounds.
class ProgramCompiler {
 public:
  ProgramCompiler(const Programs& programs, const SubjectKind& subject);

  SubjectPrograms Compile();

 private:
  using Expression = schema::Expression;

  // Which slots can have such a subject as a member at all: the least
  // fixpoint of "written there, or reached through a slot that can".
  void FindReachable();
  bool CanReach(uint32_t slot) const;
  bool RelationCanReach(const Programs::Slot& slot) const;
  bool ExpressionCanReach(const Programs::Slot& slot,
                          const Expression& expression) const;
  bool ArrowCanReach(const Programs::Slot& slot,
                     const Expression& expression) const;
  // Calls `visit` with every slot whose members `slot` is made of.
  template <typename Visit>
  void ForEachDependency(const Programs::Slot& slot, Visit visit) const;

  bool IsSubject(const Programs::Slot& slot) const;

  Pc Emit(Op op);
  Pc EmitOperands(Op::Kind kind, std::vector<Pc> operands);
  void CompileSlot(uint32_t slot);
  Pc CompileRelation(const Programs::Slot& slot,
                     SubjectPrograms::RelationOps* ops);
  Pc CompileDirect(const Programs::Slot& slot);
  Pc CompileExpression(const Programs::Slot& slot,
                       const Expression& expression);
  Pc CompileOperands(const Programs::Slot& slot, const Expression& expression);
  Pc CompileExclusion(const Programs::Slot& slot, const Expression& expression);
  Pc CompileArrow(const Programs::Slot& slot, const Expression& expression);
  Pc EmitHops(Op op, std::vector<Hop> hops);
  // Roots that only name another root are replaced by it everywhere.
  void ResolveAliases();
  void LeavesFirst();
  // Finds the parts of each operation.
  void FoldUnions();
  void Fold(Pc pc, std::vector<Pc>* seen_in);
  void FindNests();

  const Programs& programs_;
  SubjectPrograms out_;
  std::vector<bool> reachable_;
  std::vector<Pc> alias_;  // by root pc; kNilPc: none
};

}  // namespace kith::engine
