import type { Command } from "commander";
import { listCommands, optionsOf, type ReferenceEntry } from "./reference.js";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** What may follow the words of one command. */
interface Completion {
	/** Words after `pvpkg`; empty for the program itself. */
	readonly words: string;
	readonly candidates: readonly string[];
}

/**
 * Returns the script that completes the commands and options of a program in a shell; other words complete
 * as files.
 */
export function completionScript(shell: Shell, program: Command): string {
	return SCRIPTS[shell](completions(program));
}

function completions(program: Command): Completion[] {
	const entries = listCommands(program);
	const top = entries.filter(({ words }) => !words.includes(" ")).map(({ words }) => words);
	return [{ words: "", candidates: [...top, "--help", "--version"] }, ...entries.map(completionOf)];
}

function completionOf({ words, command }: ReferenceEntry): Completion {
	const below = command.commands.map((child) => child.name());
	const options = optionsOf(command).flatMap(({ short, long }) => [short, long]);
	return { words, candidates: [...below, ...options.filter((flag) => flag !== undefined)] };
}

const SCRIPTS: Readonly<Record<Shell, (completions: readonly Completion[]) => string>> = {
	bash: (
		all,
	) => `# bash completion of pvpkg: source it, or put it into ~/.local/share/bash-completion/completions
_pvpkg() {
	local current=\${COMP_WORDS[COMP_CWORD]} words="" candidates="" word
	for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case "$word" in -*) ;; *) [[ $words == *" "* ]] || words="\${words:+$words }$word" ;; esac
	done
	_pvpkg_candidates "$words" || _pvpkg_candidates "\${words%% *}"
	COMPREPLY=($(compgen -W "$candidates" -- "$current"))
	[[ $current == -* || \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$current"))
}
_pvpkg_candidates() {
	case "$1" in
${all.map(({ words, candidates }) => `	"${words}") candidates="${candidates.join(" ")}" ;;`).join("\n")}
	*) return 1 ;;
	esac
}
complete -o filenames -F _pvpkg pvpkg
`,
	zsh: (all) => `#compdef pvpkg
# zsh completion of pvpkg: put it into a directory of $fpath as _pvpkg
_pvpkg() {
	local key="" word
	for word in "\${(@)words[2,CURRENT-1]}"; do
		[[ $word == -* || $key == *" "* ]] || key="\${key:+$key }$word"
	done
	local -A candidates=(
${all.map(({ words, candidates }) => `		"${words}" "${candidates.join(" ")}"`).join("\n")}
	)
	local found="\${candidates[$key]:-\${candidates[\${key%% *}]}}"
	compadd -- \${(s: :)found}
	[[ $PREFIX == -* ]] || _files
}
_pvpkg "$@"
`,
	fish: (all) => `# fish completion of pvpkg: put it into ~/.config/fish/completions/pvpkg.fish
complete -c pvpkg -e
${all.flatMap(fishLines).join("\n")}
`,
};

function fishLines({ words, candidates }: Completion): string[] {
	const [first = "", second] = words.split(" ");
	const seen = [first, second].filter((word) => word).map((word) => `__fish_seen_subcommand_from ${word}`);
	const condition = words === "" ? "__fish_use_subcommand" : seen.join("; and ");
	return [`complete -c pvpkg -n '${condition}' -a '${candidates.join(" ")}'`];
}
