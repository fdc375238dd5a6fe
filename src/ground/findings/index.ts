export {
	type Finder,
	type Finding,
	finder,
	type Rule,
	type RuleTable,
	rulesOf,
	type Severity,
} from "./finding.js";
