#pragma once

#include <memory>

#include "db/committer.h"
#include "db/parts.h"
#include "kith/bulk.h"

namespace kith::db {

// Gathers one WriteCommand. All that can be told before the commit is told by
// Add, so that the committer, for which all writers wait, has less to do.
// `parts` and `committer` outlive the importer.
std::unique_ptr<Importer> MakeImporter(const ImportRequest& request,
                                       const Parts* parts,
                                       Committer* committer);

}  // namespace kith::db
