import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

const MARKUP = ["innerHTML", "outerHTML", "insertAdjacentHTML", "setHTMLUnsafe", "srcdoc"];

export default defineConfig(
  { ignores: ["dist", "node_modules"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // a number in a sentence is what it says
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // what the lobby and the store say may lack what its type promises
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ["src/**"],
    rules: {
      "no-eval": "error",
      // what somebody wrote is only ever put on the page as text
      "no-restricted-syntax": [
        "error",
        { selector: `Identifier[name=/^(${MARKUP.join("|")})$/]`, message: "Set text as text." },
      ],
    },
  },
  { files: ["test/**"], rules: { "@typescript-eslint/no-non-null-assertion": "off" } },
);
