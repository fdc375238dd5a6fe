import type { ProvenanceRequest } from "../internal.js";
import { UsageError } from "./errors.js";

type Variables = Readonly<Record<string, string | undefined>>;
type Builder = ProvenanceRequest["builder"];

/**
 * Returns who builds, from the variables of GitLab and GitHub. It reads only addresses and the commit, and
 * drops user, password and query of an address.
 * @param id identity that replaces the one of the variables.
 */
export function builderIdentity(variables: Variables, id: string | undefined): Builder {
	const found = gitlab(variables) ?? github(variables) ?? {};
	return id === undefined ? found : { ...found, id: checkedId(id) };
}

function gitlab(variables: Variables): Builder | undefined {
	const project = publicAddress(variables.CI_PROJECT_URL);
	if (variables.GITLAB_CI === undefined || project === undefined) return undefined;
	const { CI_COMMIT_TAG: tag, CI_COMMIT_REF_NAME: name, CI_MERGE_REQUEST_REF_PATH: request } = variables;
	const branch = name && `refs/heads/${name}`;
	const ref = request || (tag ? `refs/tags/${tag}` : branch) || undefined;
	return {
		id: `${project}/-/runners/${/^\d+$/.exec(variables.CI_RUNNER_ID ?? "")?.[0] ?? "unknown"}`,
		invocation: publicAddress(variables.CI_JOB_URL),
		source: sourceOf(project, ref, variables.CI_COMMIT_SHA),
	};
}

function github(variables: Variables): Builder | undefined {
	const { GITHUB_REPOSITORY: name = "", GITHUB_RUN_ID: run, GITHUB_RUN_ATTEMPT: attempt = "1" } = variables;
	const server = publicAddress(variables.GITHUB_SERVER_URL);
	if (variables.GITHUB_ACTIONS === undefined || server === undefined || !/^[\w.-]+\/[\w.-]+$/.test(name)) {
		return undefined;
	}
	const project = `${server}/${name}`;
	const workflow = publicAddress(`${server}/${variables.GITHUB_WORKFLOW_REF ?? ""}`);
	return {
		id: variables.GITHUB_WORKFLOW_REF && workflow ? workflow : project,
		invocation: run && publicAddress(`${project}/actions/runs/${run}/attempts/${attempt}`),
		source: sourceOf(project, variables.GITHUB_REF, variables.GITHUB_SHA),
	};
}

function sourceOf(project: string, ref: string | undefined, commit: string | undefined): Builder["source"] {
	if (commit === undefined || !/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(commit)) return undefined;
	return { uri: `git+${project}${ref ? `@${ref}` : ""}`, commit };
}

/** Returns an address of a web server without user, password, query and fragment; undefined for anything else. */
function publicAddress(text: string | undefined): string | undefined {
	try {
		const { protocol, host, pathname } = new URL(text ?? "");
		return /^https?:$/.test(protocol) ? `${protocol}//${host}${pathname.replace(/\/$/, "")}` : undefined;
	} catch {
		return undefined;
	}
}

/** It stays unchanged, because policies compare it as a string. */
function checkedId(id: string): string {
	if (/^[a-z][a-z0-9+.-]*:[!-~]+$/i.test(id) && !/^[a-z]+:\/\/[^/]*@/i.test(id)) return id;
	throw new UsageError(
		"--builder-id: expected an address without a user, such as https://ci.example/builder",
	);
}
