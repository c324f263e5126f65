// Numbers as people read them: the same forms as reports/numbers.py (a test compares them).
"use strict";

const MINUS = "−", UNKNOWN = "unknown", NOISE = 1e-9;

function grouped(value, digits) {
  return Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function gradedText(value) {
  if (value === null) return UNKNOWN;
  if (value > NOISE && value < 0.0005) return "<0.001";
  if (value >= 0.9995 && value < 1 - NOISE) return ">0.999";
  const text = grouped(value, 3);
  return (value < 0 && /[1-9]/.test(text) ? MINUS : "") + text;
}

function gradedChange(value) {
  if (Math.abs(value) < NOISE) return "±0.000";
  const sign = value > 0 ? "+" : MINUS;
  return Math.abs(value) < 0.0005 ? `${sign}<0.001` : sign + grouped(value, 3);
}

function costText(usd) {
  if (usd === null) return UNKNOWN;
  const sign = usd < 0 ? MINUS : "", amount = Math.abs(usd);
  if (amount > 0 && amount < 1e-9) return `${sign}<$0.000000001`;
  if (amount === 0 || amount >= 0.9995) return `${sign}$${grouped(amount, 2)}`;
  const [whole, decimals] = amount.toFixed(2 - Math.floor(Math.log10(amount))).split(".");
  return `${sign}$${whole}.${decimals.replace(/0+$/, "").padEnd(2, "0")}`;
}

function costChange(usd) {
  if (usd === 0) return "±$0.00";
  return (usd > 0 ? "+" : "") + costText(usd);
}

function secondsText(value) {
  if (value === null) return UNKNOWN;
  if (value < 0) return MINUS + secondsText(-value);
  if (value < 0.9995) return value > 0 && value < 0.0005 ? "<1 ms" : `${(value * 1000).toFixed(0)} ms`;
  if (value < 59.95) return `${value.toFixed(1)} s`;
  const whole = Math.round(value), minutes = Math.round(value / 60);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${grouped(Math.floor(minutes / 60), 0)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

function secondsChange(value) {
  return (value > 0 ? "+" : value === 0 ? "±" : "") + secondsText(value);
}

function countChange(value) {
  return value === 0 ? "±0" : (value > 0 ? "+" : MINUS) + grouped(value, value % 1 ? 1 : 0);
}

function countText(value) {
  return value === null ? UNKNOWN : grouped(value, value % 1 ? 1 : 0);
}

// A value and a change of each unit: see Unit in reports/numbers.py.
const FORMS = {
  rate: [gradedText, gradedChange],
  graded: [gradedText, gradedChange],
  usd: [costText, costChange],
  seconds: [secondsText, secondsChange],
  tokens: [countText, countChange],
};
