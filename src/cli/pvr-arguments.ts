/** pvr's short flags of several letters, by the command that has them; commander takes them for several flags. */
const LONG_SHORTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	checkout: { "-hl": "--hardlink", "--hl": "--hardlink" },
	reset: { "-hl": "--hardlink", "--hl": "--hardlink" },
	app: { "-src": "--source" },
};

/** What pvr's flags before the command say. */
export interface PvrArguments {
	/** The words without them, and with flags of several letters written out. */
	readonly words: readonly string[];
	/** Variables that say the same. */
	readonly variables: Readonly<Record<string, string>>;
}

/**
 * Reads what scripts that were written for pvr have before the command, `-d`, `--debug`, `--insecure` and
 * `--disable-self-upgrade`, and its flags of several letters.
 */
export function readPvrArguments(argv: readonly string[]): PvrArguments {
	const variables: Record<string, string> = {};
	let at = 0;
	for (; GLOBAL_FLAGS[argv[at] ?? ""] !== undefined; at++) Object.assign(variables, GLOBAL_FLAGS[argv[at]!]);
	const isCommand = argv.slice(at).some((word) => !word.startsWith("-"));
	const words = isCommand ? argv.slice(at) : argv;
	const shorts = LONG_SHORTS[words[0] ?? ""] ?? {};
	return { words: words.map((word) => shorts[word] ?? word), variables };
}

const GLOBAL_FLAGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	"-d": { PVR_DEBUG: "1" },
	"--debug": { PVR_DEBUG: "1" },
	"-i": { PVR_INSECURE: "1" },
	"--insecure": { PVR_INSECURE: "1" },
	"--disable-self-upgrade": {},
};
