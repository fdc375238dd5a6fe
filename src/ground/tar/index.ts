export { archiveEnd, archivePadding, encodeArchiveHeader } from "./archive-header.js";
export type { TarEntry, TarEntryKind } from "./entry.js";
export { TarError, type TarErrorCode } from "./errors.js";
export { listMembers, type MemberTableOptions, readMemberTable, type TarMember } from "./member-table.js";
export { readEntries, type TarReadOptions } from "./reader.js";
