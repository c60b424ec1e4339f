import { defineConfig } from "vite";

// One classic script: a site embeds it without a module, and it starts by itself.
export default defineConfig({
  build: {
    target: "es2021",
    lib: {
      entry: "src/main.ts",
      formats: ["iife"],
      name: "CroupierChatWidget",
      fileName: () => "widget.js",
    },
    reportCompressedSize: false,
  },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});
