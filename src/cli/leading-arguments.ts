/** pvr's short flags of several letters, by the command that has them; commander takes them for several flags. */
const LONG_SHORTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	checkout: { "-hl": "--hardlink", "--hl": "--hardlink" },
	reset: { "-hl": "--hardlink", "--hl": "--hardlink" },
	app: { "-src": "--source" },
};

/** The arguments before the command. */
export interface LeadingArguments {
	/** The words after it, with pvr's flags of several letters written out. */
	readonly words: readonly string[];
	/** `-C DIR`: where to go first; several are taken one after the other, as git does. */
	readonly directories: readonly string[];
	/** Variables with the same meaning. */
	readonly variables: Readonly<Record<string, string>>;
}

/**
 * Reads the arguments before the command: `-C DIR`, those of scripts that were written for pvr, `-d`,
 * `--debug`, `--insecure` and `--disable-self-upgrade`; and pvr's flags of several letters.
 */
export function readLeadingArguments(argv: readonly string[]): LeadingArguments {
	const variables: Record<string, string> = {};
	const directories: string[] = [];
	let at = 0;
	for (; ; at++) {
		const [word = "", next] = argv.slice(at);
		if (word === "-C" && next !== undefined) directories.push(argv[++at]!);
		else if (Object.hasOwn(GLOBAL_FLAGS, word)) Object.assign(variables, GLOBAL_FLAGS[word]);
		else break;
	}
	const isCommand = directories.length > 0 || argv.slice(at).some((word) => !word.startsWith("-"));
	const words = isCommand ? argv.slice(at) : argv;
	const shorts = LONG_SHORTS[words[0] ?? ""] ?? {};
	return { words: words.map((word) => shorts[word] ?? word), variables, directories };
}

const GLOBAL_FLAGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	"-d": { PVR_DEBUG: "1" },
	"--debug": { PVR_DEBUG: "1" },
	"-i": { PVR_INSECURE: "1" },
	"--insecure": { PVR_INSECURE: "1" },
	"--disable-self-upgrade": {},
};
