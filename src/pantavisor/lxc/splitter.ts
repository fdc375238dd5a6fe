/** How one generation of liblxc splits `lxc.init.cmd` into the words that it starts (docs/formats/devices.md#liblxc). */
export interface Splitter {
	/** Name of the generation, for messages. */
	readonly name: string;
	split(command: string): string[];
}

interface Rules {
	/** Characters that begin and end quotes. */
	readonly quotes: string;
	/** Characters that a backslash escapes; absent if a backslash is an ordinary character. */
	readonly escapes?: RegExp;
	/** Whether a backslash also escapes outside of quotes. */
	readonly bareEscapes?: boolean;
	/** Whether a closing quote right after an escape is lost, so that the word continues. */
	readonly losesQuote?: boolean;
	/** Whether a quote begins and ends a word of its own, even in the middle of another. */
	readonly quoteEndsWord?: boolean;
	/** Whether empty words are lost. */
	readonly dropsEmpty?: boolean;
}

/** Splitters of the forks that devices run: two are known of 3.0, and one of 6.0. */
export const DEVICE_SPLITTERS: readonly Splitter[] = [
	splitter("LXC 3.0 (str2argv)", { quotes: `"'`, escapes: /./, bareEscapes: true, dropsEmpty: true }),
	splitter("LXC 3.0 (double quotes only)", { quotes: '"' }),
	splitter("LXC 6.0", { quotes: '"', escapes: /["\\]/, losesQuote: true, quoteEndsWord: true }),
];

/** Splitters of distributions; devices do not run these. */
export const UPSTREAM_SPLITTERS: readonly Splitter[] = [
	splitter("upstream LXC before 6.0", { quotes: "", dropsEmpty: true }),
	splitter("upstream LXC 6.0", { quotes: `"'`, quoteEndsWord: true }),
];

function splitter(name: string, rules: Rules): Splitter {
	return { name, split: (command) => split(command, rules) };
}

/** Splits at blanks outside of quotes, in one pass. A command with an open quote starts nothing. */
function split(command: string, rules: Rules): string[] {
	const words: string[] = [];
	let word: string | undefined;
	let quote = "";
	const finish = (): void => {
		if (word !== undefined && !(rules.dropsEmpty && word === "")) words.push(word);
		word = undefined;
	};
	for (let at = 0; at < command.length; at++) {
		const char = command[at]!;
		const next = command[at + 1];
		const mayEscape = quote !== "" || rules.bareEscapes;
		if (char === "\\" && mayEscape && next !== undefined && rules.escapes?.test(next)) {
			word = (word ?? "") + next;
			at++;
			if (rules.losesQuote && command[at + 1] === quote) at++;
		} else if (quote !== "" && char === quote) {
			quote = "";
			if (rules.quoteEndsWord) finish();
		} else if (quote === "" && rules.quotes.includes(char)) {
			if (rules.quoteEndsWord) finish();
			quote = char;
			word ??= "";
		} else if (quote === "" && (char === " " || char === "\t")) finish();
		else word = (word ?? "") + char;
	}
	finish();
	return quote === "" ? words : [];
}
