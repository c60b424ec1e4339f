// What the widget says, in four languages. Counts are written so that no plural is needed.

export interface Texts {
  readonly title: string;
  readonly open: string;
  readonly unread: (count: number) => string;
  readonly close: string;
  readonly log: string;
  readonly greeting: string;
  readonly write: string;
  readonly send: string;
  readonly you: string;
  readonly agent: string;
  readonly desk: string;
  readonly connecting: string;
  readonly elsewhere: string;
  readonly here: string;
  readonly waiting: string;
  readonly next: string;
  readonly position: (position: number) => string;
  readonly underMinute: string;
  readonly minutes: (count: number) => string;
  readonly overHour: string;
  readonly withAgent: (name: string | undefined) => string;
  readonly resolved: string;
  readonly typing: string;
  readonly sending: string;
  readonly sent: string;
  readonly failed: string;
  readonly tooLong: string;
  readonly retry: string;
  readonly edit: string;
  readonly rate: string;
  readonly worst: string;
  readonly best: string;
  readonly comment: string;
  readonly sendRating: string;
  readonly chooseScore: string;
  readonly thanks: string;
  readonly leave: string;
  readonly leaveSure: string;
  readonly leaveYes: string;
  readonly leaveNo: string;
}

const en: Texts = {
  title: "Support",
  open: "Open support chat",
  unread: (count) => `unread messages: ${count}`,
  close: "Close chat",
  log: "Messages",
  greeting: "Write to us: we answer here.",
  write: "Your message",
  send: "Send",
  you: "You",
  agent: "Support",
  desk: "Support",
  connecting: "Connecting…",
  elsewhere: "The chat is open in other windows.",
  here: "Continue here",
  waiting: "We are looking for somebody to help you.",
  next: "You are next.",
  position: (position) => `Your place in the queue: ${position}.`,
  underMinute: "Less than a minute.",
  minutes: (count) => `About ${count} min.`,
  overHour: "More than an hour.",
  withAgent: (name) => (name ? `${name} is helping you.` : "Our colleague is helping you."),
  resolved: "This matter is closed. Write if there is more.",
  typing: "is typing…",
  sending: "Sending…",
  sent: "Sent",
  failed: "Not sent",
  tooLong: "Not sent: too long",
  retry: "Try again",
  edit: "Edit",
  rate: "How was it?",
  worst: "1 is bad",
  best: "5 is good",
  comment: "Comment (optional)",
  sendRating: "Send rating",
  chooseScore: "Choose from 1 to 5.",
  thanks: "Thank you for your rating.",
  leave: "End conversation",
  leaveSure: "End the conversation?",
  leaveYes: "End it",
  leaveNo: "Go on",
};

const lt: Texts = {
  title: "Pagalba",
  open: "Atidaryti pagalbos pokalbį",
  unread: (count) => `neskaitytos žinutės: ${count}`,
  close: "Uždaryti pokalbį",
  log: "Žinutės",
  greeting: "Parašykite mums: atsakysime čia.",
  write: "Jūsų žinutė",
  send: "Siųsti",
  you: "Jūs",
  agent: "Pagalba",
  desk: "Pagalba",
  connecting: "Jungiamasi…",
  elsewhere: "Pokalbis atidarytas kituose languose.",
  here: "Tęsti čia",
  waiting: "Ieškome, kas jums padėtų.",
  next: "Jūs esate kitas eilėje.",
  position: (position) => `Jūsų vieta eilėje: ${position}.`,
  underMinute: "Mažiau nei minutė.",
  minutes: (count) => `Apie ${count} min.`,
  overHour: "Daugiau nei valanda.",
  withAgent: (name) => (name ? `Jums padeda ${name}.` : "Jums padeda mūsų kolega."),
  resolved: "Klausimas išspręstas. Jei dar ko reikia, rašykite.",
  typing: "rašo…",
  sending: "Siunčiama…",
  sent: "Išsiųsta",
  failed: "Neišsiųsta",
  tooLong: "Neišsiųsta: per ilga",
  retry: "Bandyti dar kartą",
  edit: "Taisyti",
  rate: "Kaip vertinate pagalbą?",
  worst: "1 – blogai",
  best: "5 – gerai",
  comment: "Komentaras (nebūtina)",
  sendRating: "Siųsti įvertinimą",
  chooseScore: "Pasirinkite nuo 1 iki 5.",
  thanks: "Ačiū už įvertinimą.",
  leave: "Baigti pokalbį",
  leaveSure: "Baigti pokalbį?",
  leaveYes: "Baigti",
  leaveNo: "Tęsti",
};

const ru: Texts = {
  title: "Поддержка",
  open: "Открыть чат поддержки",
  unread: (count) => `непрочитанных сообщений: ${count}`,
  close: "Закрыть чат",
  log: "Сообщения",
  greeting: "Напишите нам: мы ответим здесь.",
  write: "Ваше сообщение",
  send: "Отправить",
  you: "Вы",
  agent: "Поддержка",
  desk: "Поддержка",
  connecting: "Подключаемся…",
  elsewhere: "Чат открыт в других окнах.",
  here: "Продолжить здесь",
  waiting: "Ищем, кто вам поможет.",
  next: "Вы следующий в очереди.",
  position: (position) => `Ваше место в очереди: ${position}.`,
  underMinute: "Меньше минуты.",
  minutes: (count) => `Примерно ${count} мин.`,
  overHour: "Больше часа.",
  withAgent: (name) => (name ? `Вам помогает ${name}.` : "Вам помогает наш сотрудник."),
  resolved: "Вопрос закрыт. Если что-то осталось, напишите.",
  typing: "печатает…",
  sending: "Отправляется…",
  sent: "Отправлено",
  failed: "Не отправлено",
  tooLong: "Не отправлено: слишком длинное",
  retry: "Повторить",
  edit: "Изменить",
  rate: "Как мы вам помогли?",
  worst: "1 – плохо",
  best: "5 – хорошо",
  comment: "Комментарий (по желанию)",
  sendRating: "Отправить оценку",
  chooseScore: "Выберите от 1 до 5.",
  thanks: "Спасибо за оценку.",
  leave: "Завершить разговор",
  leaveSure: "Завершить разговор?",
  leaveYes: "Завершить",
  leaveNo: "Продолжить",
};

const tr: Texts = {
  title: "Destek",
  open: "Destek sohbetini aç",
  unread: (count) => `okunmamış mesaj: ${count}`,
  close: "Sohbeti kapat",
  log: "Mesajlar",
  greeting: "Bize yazın: burada yanıtlayacağız.",
  write: "Mesajınız",
  send: "Gönder",
  you: "Siz",
  agent: "Destek",
  desk: "Destek",
  connecting: "Bağlanıyor…",
  elsewhere: "Sohbet başka pencerelerde açık.",
  here: "Burada devam et",
  waiting: "Size yardım edecek birini arıyoruz.",
  next: "Sıradaki sizsiniz.",
  position: (position) => `Sıradaki yeriniz: ${position}.`,
  underMinute: "Bir dakikadan az.",
  minutes: (count) => `Yaklaşık ${count} dk.`,
  overHour: "Bir saatten fazla.",
  withAgent: (name) =>
    name ? `Size yardımcı olan: ${name}.` : "Bir çalışanımız size yardımcı oluyor.",
  resolved: "Konu kapandı. Başka bir şey varsa yazın.",
  typing: "yazıyor…",
  sending: "Gönderiliyor…",
  sent: "Gönderildi",
  failed: "Gönderilemedi",
  tooLong: "Gönderilemedi: çok uzun",
  retry: "Tekrar dene",
  edit: "Düzenle",
  rate: "Yardımımız nasıldı?",
  worst: "1 kötü",
  best: "5 iyi",
  comment: "Yorum (isteğe bağlı)",
  sendRating: "Puanı gönder",
  chooseScore: "1 ile 5 arasında seçin.",
  thanks: "Değerlendirmeniz için teşekkürler.",
  leave: "Sohbeti bitir",
  leaveSure: "Sohbet bitirilsin mi?",
  leaveYes: "Bitir",
  leaveNo: "Devam et",
};

export const TEXTS = { en, lt, ru, tr } as const;

export type Lang = keyof typeof TEXTS;

/** The first of these that we speak, by its first part; else English. */
export function language(...wanted: readonly (string | null | undefined)[]): Lang {
  for (const each of wanted) {
    const code = (each ?? "").split(/[-_]/)[0]?.toLowerCase() ?? "";
    if (Object.prototype.hasOwnProperty.call(TEXTS, code)) return code as Lang;
  }
  return "en";
}

/** A wait, no more exact than it is: minutes up to ten, then steps of five. */
export function wait(texts: Texts, seconds: number): string {
  if (seconds < 60) return texts.underMinute;
  const minutes = Math.ceil(seconds / 60);
  if (minutes > 60) return texts.overHour;
  return texts.minutes(minutes <= 10 ? minutes : Math.ceil(minutes / 5) * 5);
}
