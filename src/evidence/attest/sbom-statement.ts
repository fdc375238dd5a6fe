import type { Evidence } from "../../container/index.js";
import type { SbomFormat } from "../sbom/index.js";
import type { StatementKind } from "./identifiers.js";
import { encodeStatement, packageSubjects } from "./statement.js";

const KINDS: Readonly<Record<SbomFormat, StatementKind>> = {
	"spdx-json": "spdx",
	"cyclonedx-json": "cyclonedx",
};

/** Returns an SBOM of ours as a statement about its package. */
export function encodeSbomStatement(evidence: Evidence, format: SbomFormat, document: string): string {
	return encodeStatement(KINDS[format], packageSubjects(evidence), JSON.parse(document) as object);
}
