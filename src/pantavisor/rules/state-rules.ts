import type { RuleTable } from "../../ground/findings/index.js";

type StateRuleId =
	| "STATE_SPEC"
	| "STATE_TEXT"
	| "STATE_KEY_PATH"
	| "STATE_KEY_LENGTH"
	| "STATE_KEY_ESCAPE"
	| "STATE_KEY_ORDER"
	| "STATE_KEY_GLOB"
	| "STATE_KEY_TOKEN"
	| "STATE_KEY_DIRECTORY"
	| "STATE_KEY_PASSED_OVER"
	| "STATE_VALUE_SCALAR"
	| "STATE_VALUE_STRING"
	| "STATE_SPELLING"
	| "STATE_DOCUMENT"
	| "STATE_HIDDEN"
	| "STATE_MISREAD"
	| "PART_NAME"
	| "PART_UNSIGNED"
	| "RUN_NAME"
	| "RUN_FILE"
	| "RUN_PLACE"
	| "VOLUME_TYPE"
	| "OBJECT_HASH"
	| "OBJECT_MISSING"
	| "OBJECT_UNUSED"
	| "VERITY_MANIFEST"
	| "VERITY_FILE"
	| "VERITY_MISMATCH";

const RENAME = "rename the file or the container";
const REBUILD = 'make the package again with "pvpkg export", "pvpkg build" or "pvr export"';

/** Rules for the keys, values, objects and containers of a state (docs/formats/devices.md#the-importer). */
export const STATE_RULES: RuleTable<StateRuleId> = {
	STATE_SPEC: {
		severity: "error",
		reason: "the state has no #spec, or another one than devices know",
		remedy: REBUILD,
	},
	STATE_TEXT: {
		severity: "error",
		reason: "the text of the state is not canonical: devices refuse the signatures over it",
		remedy: REBUILD,
	},
	STATE_KEY_PATH: {
		severity: "error",
		reason: "the key is not a plain relative path: the file would be deployed elsewhere",
		remedy: RENAME,
	},
	STATE_KEY_LENGTH: {
		severity: "error",
		reason: "the key is longer than a path may be: deployment fails",
		remedy: RENAME,
	},
	STATE_KEY_ESCAPE: {
		severity: "error",
		reason: "the key needs an escape in JSON: the file is deployed under the escaped text",
		remedy: RENAME,
	},
	STATE_KEY_ORDER: {
		severity: "error",
		reason: "the key sorts before #spec: the importer loses the first key",
		remedy: RENAME,
	},
	STATE_KEY_GLOB: {
		severity: "warning",
		reason: "the key has characters that signatures take for patterns",
		remedy: RENAME,
	},
	STATE_KEY_TOKEN: {
		severity: "error",
		reason: 'the key begins with "include" or "exclude": the importer takes it for a signature\'s list',
		remedy: RENAME,
	},
	STATE_KEY_DIRECTORY: {
		severity: "error",
		reason: "the key is a file and a directory of other keys: deployment fails",
		remedy: RENAME,
	},
	STATE_KEY_PASSED_OVER: {
		severity: "warning",
		reason: "the key is the beginning of the name of one of the device's own documents: devices pass over it",
		remedy: RENAME,
	},
	STATE_VALUE_SCALAR: {
		severity: "error",
		reason: "a document that is a number, boolean or null cannot be signed",
		remedy: "put the value into an object",
	},
	STATE_VALUE_STRING: {
		severity: "error",
		reason: "the value is a string that is not a hash: devices deploy it without a change, or crash",
		remedy: REBUILD,
	},
	STATE_SPELLING: {
		severity: "error",
		reason:
			"the text of the state spells a string or number in another way than canonical JSON: devices do not decode it",
		remedy: REBUILD,
	},
	STATE_DOCUMENT: {
		severity: "error",
		reason:
			"a document that devices read is not in the state itself, or has another form: they refuse the whole state",
		remedy: REBUILD,
	},
	STATE_HIDDEN: {
		severity: "error",
		reason: "a document has the key of another one inside: devices take what follows it for that document",
		remedy: "change the string; what no signature covers may be an attack",
	},
	STATE_MISREAD: {
		severity: "error",
		reason:
			"devices find a member by the first string of its name, which is another one: they read another value",
		remedy: "change the string that has the name of a member, or rename the member that begins with it",
	},
	PART_NAME: { severity: "error", reason: "devices cannot take a container of that name", remedy: RENAME },
	PART_UNSIGNED: {
		severity: "warning",
		reason: "no signature names the container: an update leaves stale files behind",
		remedy: 'sign it with "pvpkg sign"',
	},
	RUN_NAME: { severity: "error", reason: "run.json names another container", remedy: REBUILD },
	RUN_FILE: { severity: "error", reason: "run.json names a file that is missing", remedy: REBUILD },
	RUN_PLACE: {
		severity: "error",
		reason: "devices take every run.json for a container, in directories and in _config, too",
		remedy: RENAME,
	},
	VOLUME_TYPE: {
		severity: "error",
		reason: "devices take what follows the last dot of a volume's name for its file system",
		remedy: "name the image NAME.squashfs",
	},
	OBJECT_HASH: {
		severity: "error",
		reason: "the bytes of an object are not those that its name promises",
		remedy: "get the package again, or make it again",
	},
	OBJECT_MISSING: {
		severity: "error",
		reason: "an object that the state names is missing: deployment fails",
		remedy: "get the package again, or make it again",
	},
	OBJECT_UNUSED: {
		severity: "warning",
		reason: "no key of the state names the object: it costs space for nothing",
		remedy: REBUILD,
	},
	VERITY_MANIFEST: {
		severity: "error",
		reason: "the dm-verity manifest cannot be read",
		remedy: 'protect the volume again with "pvpkg dm-convert"',
	},
	VERITY_FILE: {
		severity: "error",
		reason: "the dm-verity manifest names a file that is missing",
		remedy: 'protect the volume again with "pvpkg dm-convert"',
	},
	VERITY_MISMATCH: {
		severity: "error",
		reason: "the volume is not the one that its dm-verity hashes are of: the device refuses to mount it",
		remedy: 'bring the hashes up to date with "pvpkg dm-apply"',
	},
};
