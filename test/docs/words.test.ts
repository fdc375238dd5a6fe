import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** Words and turns of the first house that only its builders understood, and what to write instead. */
const DIALECT: readonly (readonly [pattern: RegExp, instead: string])[] = [
	[/\bworkshops?\b/i, "run"],
	[/\b(app-?)?bench(es)?\b(?!\/|mark)/i, "edit"],
	[/\bwishes\b|\bimage ?wish\b/i, "request"],
	[/\bfinished (images?|keys?)\b/i, "made image"],
	[/\(--help tells more\)/, "See 'pvpkg COMMAND --help'."],
	[/\bis the same as before\b/, "from cache, unchanged"],
	[/\bto be told\b|\bit is told\b|\bis told of\b|\band told\b|\btold(:| is| once| each)/i, "report, print"],
	[/\banew\b/i, "again"],
	[/\b(it|that|what|which) (is|are|was|were) no (?!longer\b|more\b|better\b)[a-z]/i, "is not a …"],
	[/\bexpected a text\b/i, "expected a string"],
	// Sentences that begin with what is said of their subject.
	[/(?:^|[.;:*] )(?:Not |)(?:Exempt|[A-Z][a-z]+ed) (?:is|are|was|were) (?!not\b)/, "SUBJECT is …"],
	[/(?:^|[.;:] )(?:On|In|Of|Under|With|At|Beside) [a-z]+ (?:is|are) (?:its|the|a|all|only) /, "SUBJECT is …"],
	[/\b(?:the|those?|that) (?:\w+ )?of (?:above|below)\b/i, "the NOUN above"],
	[/\b(?:policy|file|signature|image|package|group|user) (?:that )?is none\b/i, "is not a …"],
	[/\bfor want of\b/i, "because there is no …"],
	[/\band so much\b/i, "and that is how much"],
	[/\bin the place of (?:pvr|docker|mksquashfs)\b/i, "instead of"],
];

/** Everything that people read: sources with their help and messages, the pages, the changelog's unreleased part. */
function readers(): [path: string, text: string][] {
	const below = (directory: string, end: RegExp) =>
		existsSync(directory)
			? readdirSync(directory, { recursive: true, encoding: "utf8" })
					.filter((path) => end.test(path))
					.map((path) => join(directory, path))
			: [];
	const paths = [...below("src", /\.(ts|md|mjs)$/), ...below("docs", /\.md$/), "README.md"];
	return paths.map((path) => [path, readFileSync(path, "utf8")]);
}

test("nobody has to learn a dialect", () => {
	const found = readers().flatMap(([path, text]) =>
		text
			.split("\n")
			.flatMap((line, i) =>
				DIALECT.filter(([pattern]) => pattern.test(line)).map(
					([pattern, instead]) => `${path}:${i + 1}: ${line.match(pattern)![0]}: write ${instead}`,
				),
			),
	);
	expect(found).toEqual([]);
});
