export { parseIpv4, type RunProblem, runProblems } from "./members.js";
export {
	type Identity,
	isRunnable,
	type RenderContext,
	type RenderInput,
	renderContext,
} from "./render-context.js";
export { createRunManifest, runMembers } from "./run-manifest.js";
export { encodeRunManifestText } from "./run-manifest-text.js";
