// A bot written with grammY: `grammy_bot.mjs MODULES URL TOKEN [PORT]`, by webhook when a port is given.
// By webhook, the first answer to an update goes back as the reply to the delivery itself.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const [modules, url, token, port] = process.argv.slice(2);
const { Bot, InlineKeyboard, InputFile, webhookCallback } = createRequire(`${modules}/`)("grammy");

const canUseWebhookReply = (method) => method === "sendMessage";
const bot = new Bot(token, { client: { apiRoot: url, canUseWebhookReply: port ? canUseWebhookReply : undefined } });

const keyboard = (count) =>
  new InlineKeyboard()
    .text(`Add one to ${count}`, `add:${count}`)
    .row()
    .text("File", "file")
    .text("Alert", "alert")
    .url("Site", "https://grammy.dev");

bot.command("start", (ctx) => ctx.reply("Count: <b>0</b>", { parse_mode: "HTML", reply_markup: keyboard(0) }));

bot.command("help", async (ctx) => {
  const commands = await ctx.api.getMyCommands();
  await ctx.reply(commands.map((one) => `/${one.command} - ${one.description}`).join("\n"));
});

bot.callbackQuery(/^add:(\d+)$/, async (ctx) => {
  const count = Number(ctx.match[1]) + 1;
  await ctx.answerCallbackQuery(`Now ${count}`);
  await ctx.editMessageText(`Count: <b>${count}</b>`, { parse_mode: "HTML", reply_markup: keyboard(count) });
});

bot.callbackQuery("file", async (ctx) => {
  await ctx.answerCallbackQuery();
  await ctx.replyWithDocument(new InputFile(Buffer.from("Привет from grammY\n"), "hello.txt"), { caption: "A file" });
});

bot.callbackQuery("alert", (ctx) => ctx.answerCallbackQuery({ text: "Look here", show_alert: true }));

bot.on("message:document", async (ctx) => {
  const file = await ctx.getFile();
  const answer = await fetch(`${url}/file/bot${token}/${file.file_path}`);
  const content = Buffer.from((await answer.text()).toUpperCase());
  await ctx.replyWithDocument(new InputFile(content, `upper-${ctx.message.document.file_name}`));
});

await bot.api.setMyCommands([
  { command: "start", description: "Count from zero" },
  { command: "help", description: "What this bot can do" },
]);
await bot.api.setMyDescription("A counter written with grammY");

if (port) {
  const secretToken = "grammy-secret";
  createServer(webhookCallback(bot, "http", { secretToken })).listen(Number(port), "127.0.0.1");
  await bot.api.setWebhook(`http://127.0.0.1:${port}/`, { secret_token: secretToken });
} else {
  await bot.start();
}
