import { contentBytes } from "../ground/bytes/index.js";
import type { Finding } from "../ground/findings/index.js";
import { argumentWarnings } from "../pantavisor/lxc/index.js";
import { mergePart, type Part } from "../pantavisor/package/index.js";
import { lintLxcConfig, lintState } from "../pantavisor/rules/index.js";
import type { RenderInput } from "../pantavisor/run/index.js";
import { unreadMembers } from "../pantavisor/source/index.js";
import { emptyState, PantavisorError, type State } from "../pantavisor/state/index.js";
import { type Findings, withoutSubject } from "./findings.js";
import { found } from "./image-rules.js";

/** The template that configurations are made by, as pvr calls it. */
const TEMPLATE = "builtin-lxc-docker";

/**
 * Applies every rule to a container: what its arguments do, and what a device would stumble over, as
 * `verify` says it.
 * @throws PantavisorError ERR_STATE for keys and values that a device would deploy wrongly, or not at all.
 */
export function checkContainer(part: Part, input: RenderInput, findings: Findings): void {
	checkArguments(input, findings);
	addOrRefuse([...lintState(mergePart(emptyState(), part)), ...lintConfiguration(part)], findings);
}

/** Applies the rules that look at a whole state; what its containers had to say already is not repeated. */
export function checkWholeState(state: State, known: readonly Finding[], findings: Findings): void {
	const texts = new Set(known.map(({ code, subject, message }) => `${code} ${subject} ${message}`));
	addOrRefuse(
		lintState(state).filter(({ code, subject, message }) => !texts.has(`${code} ${subject} ${message}`)),
		findings,
	);
}

/** Adds what src.json says without effect. @throws PantavisorError for those that cannot be taken. */
export function checkArguments(input: RenderInput, findings: Findings): void {
	const { name, source } = input;
	for (const [member, meant] of unreadMembers(source)) {
		const hint = meant === undefined ? "" : `; ${meant} is known`;
		findings.add(
			found("SOURCE_MEMBER", `${name}/src.json`, `${member}: unknown: kept, without effect${hint}`),
		);
	}
	if (source.template !== undefined && source.template !== TEMPLATE) {
		const reason = `template: expected ${TEMPLATE}, which is the only one and is used anyway, got ${JSON.stringify(source.template)}`;
		findings.add(found("SOURCE_MEMBER", `${name}/src.json`, reason));
	}
	for (const text of argumentWarnings(input)) {
		findings.add(found("ARGUMENT", name, withoutSubject(text, name)));
	}
}

/** A bad setting is the container's own matter; keys and values may reach beyond it. */
function addOrRefuse(found: readonly Finding[], findings: Findings): void {
	for (const finding of found) {
		const { severity, code, subject, message } = finding;
		if (severity === "error" && code.startsWith("STATE_")) {
			throw new PantavisorError("ERR_STATE", `${subject}: put into a package: ${message}`);
		}
		findings.add(finding);
	}
}

function lintConfiguration({ name, objects }: Part): Finding[] {
	const key = `${name}/lxc.container.conf`;
	const conf = objects.get(key);
	return conf === undefined ? [] : lintLxcConfig(Buffer.from(contentBytes(conf)).toString("utf8"), key);
}
