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

/** The template of configurations, by its name in pvr. */
const TEMPLATE = "builtin-lxc-docker";

/**
 * Applies every rule to a container: those for arguments, and those of `verify`.
 * @throws PantavisorError ERR_STATE for keys and values that a device would deploy wrongly, or not at all.
 */
export function checkContainer(part: Part, input: RenderInput, findings: Findings): void {
	checkArguments(input, findings);
	addOrRefuse([...lintState(mergePart(emptyState(), part)), ...lintConfiguration(part)], findings);
}

/** Applies the rules for whole states, without repeating the findings of its containers. */
export function checkWholeState(state: State, known: readonly Finding[], findings: Findings): void {
	const texts = new Set(known.map(({ code, subject, message }) => `${code} ${subject} ${message}`));
	addOrRefuse(
		lintState(state).filter(({ code, subject, message }) => !texts.has(`${code} ${subject} ${message}`)),
		findings,
	);
}

/**
 * Adds findings for members and arguments of src.json without effect. @throws PantavisorError for arguments
 * that cannot be used.
 */
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

/**
 * Adds findings, except errors about keys and values, which are thrown: those affect more than the container.
 */
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
