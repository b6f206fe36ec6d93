//! A chart of throughput and latency over the time of signing, as an SVG that is legible in light and dark mode.
//! Deliberately absent: the measurements between the rounds.

use crate::bench::figures::statistics::{TimeSlice, count_f64, millis, slices};
use crate::i18n::Localizer;
use std::fmt::Write;
use std::time::Duration;

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 600.0;
const LEFT: f64 = 90.0;
const RIGHT: f64 = 930.0;
/// Time slices of a run; shorter runs get fewer, so that each slice holds some responses.
const SLICES: std::ops::RangeInclusive<usize> = 10..=120;
const ANSWERS_PER_SLICE: usize = 30;
/// Approximate number of grid lines in a panel.
const STEPS: f64 = 5.0;

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1c1c1c}.head{font-size:17px;font-weight:600}\
    .paper{fill:#fff}.grid{stroke:#ddd}.round{stroke:#999;stroke-dasharray:2 4}.a,.b,.c,.d{fill:none;stroke-width:2}\
    .a{stroke:#0b5cad}.b{stroke:#b3530a}.c{stroke:#555;stroke-dasharray:8 5}.d{stroke:#2b7a3d;stroke-dasharray:3 4}\
    @media(prefers-color-scheme:dark){text{fill:#eee}.paper{fill:#161616}.grid{stroke:#3a3a3a}.round{stroke:#777}\
    .a{stroke:#6db3ff}.b{stroke:#ffae66}.c{stroke:#bbb}.d{stroke:#7fd694}}";

/// The data of a chart.
pub struct TimeChart {
    title: String,
    /// What the rate counts.
    line: String,
    wall: Duration,
    /// When each response arrived, and its latency.
    pub answers: Vec<(Duration, Duration)>,
    /// Where each round ended.
    pub round_ends: Vec<Duration>,
    /// The dashed lines above the rate; the first two are drawn.
    pub ceilings: Vec<(String, f64)>,
}

impl TimeChart {
    pub fn of(title: String, line: String, wall: Duration) -> Self {
        Self { title, line, wall, answers: vec![], round_ends: vec![], ceilings: vec![] }
    }
}

/// Draws the chart.
pub fn svg(drawing: &TimeChart, words: Localizer) -> String {
    let count = (drawing.answers.len() / ANSWERS_PER_SLICE).clamp(*SLICES.start(), *SLICES.end());
    let cut = slices(&drawing.answers, drawing.wall, count);
    let mut picture = Picture { svg: String::new(), words, seconds: drawing.wall.as_secs_f64() };
    picture.begin(&drawing.title);
    picture.throughput(&cut, drawing);
    picture.latency(&cut);
    for round_end in drawing.round_ends.iter().take(drawing.round_ends.len().saturating_sub(1)) {
        let x = picture.x(millis(*round_end) / 1_000.0);
        picture.add(&format!(r#"<path class="round" d="M{x:.1} 70V540"/>"#));
    }
    picture.time();
    picture.svg + "</svg>\n"
}

struct Picture {
    svg: String,
    words: Localizer,
    seconds: f64,
}

/// The position of a panel, and the value at its top edge.
struct Panel {
    top: f64,
    bottom: f64,
    max_value: f64,
}

impl Panel {
    fn y(&self, value: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * (value / self.max_value).clamp(0.0, 1.0)
    }
}

impl Picture {
    fn add(&mut self, element: &str) {
        self.svg.push_str(element);
        self.svg.push('\n');
    }

    fn x(&self, seconds: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * (seconds / self.seconds.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0)
    }

    fn begin(&mut self, title: &str) {
        self.add(&format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" lang="{}">"#,
            self.words.lang()
        ));
        self.add(&format!("<title>{title}</title><style>{STYLE}</style>"));
        self.add(&format!(r#"<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>"#));
        self.text("head", (LEFT, 28.0), "start", title);
    }

    fn throughput(&mut self, cut: &[TimeSlice], drawing: &TimeChart) {
        let ceilings = drawing.ceilings.iter().map(|(_, most)| *most);
        let peak = cut.iter().map(|slice| slice.per_second).chain(ceilings).fold(0.0, f64::max);
        let panel = self.panel((70.0, 310.0), peak, &self.words.t("bench-chart-throughput"));
        self.line(&panel, "a", cut, |slice| slice.per_second);
        self.label(0, "a", &drawing.line);
        for ((place, class), (name, most)) in [(1, "d"), (2, "c")].into_iter().zip(&drawing.ceilings) {
            let y = panel.y(*most);
            self.add(&format!(r#"<path class="{class}" d="M{LEFT} {y:.1}H{RIGHT}"/>"#));
            self.label(place, class, name);
        }
    }

    fn latency(&mut self, cut: &[TimeSlice]) {
        let peak = cut.iter().map(|slice| slice.p99_ms).fold(0.0, f64::max);
        let panel = self.panel((370.0, 540.0), peak, &self.words.t("bench-chart-latency"));
        let answered: Vec<TimeSlice> = cut.iter().filter(|slice| slice.per_second > 0.0).cloned().collect();
        self.line(&panel, "b", &answered, |slice| slice.p99_ms);
        self.line(&panel, "a", &answered, |slice| slice.p50_ms);
        self.legend((RIGHT - 230.0, 352.0), "a", "p50");
        self.legend((RIGHT - 110.0, 352.0), "b", "p99");
    }

    /// Draws the frame of a panel: its name, and a labelled grid line at each step.
    fn panel(&mut self, (top, bottom): (f64, f64), peak: f64, name: &str) -> Panel {
        let (step, steps) = axis(peak);
        let panel = Panel { top, bottom, max_value: step * count_f64(steps) };
        for number in 0..=steps {
            let value = step * count_f64(number);
            let y = panel.y(value);
            self.add(&format!(r#"<path class="grid" d="M{LEFT} {y:.1}H{RIGHT}"/>"#));
            let shown = self.shown(value, step);
            self.text("", (LEFT - 8.0, y + 4.0), "end", &shown);
        }
        self.text("", (LEFT, top - 14.0), "start", name);
        panel
    }

    /// Draws the time axis below both panels.
    fn time(&mut self) {
        let (step, steps) = axis(self.seconds);
        for number in 0..=steps {
            let second = step * count_f64(number);
            if second <= self.seconds {
                let shown = self.shown(second, step);
                self.text("", (self.x(second), 560.0), "middle", &shown);
            }
        }
        let name = self.words.t("bench-chart-time");
        self.text("", (f64::midpoint(LEFT, RIGHT), 585.0), "middle", &name);
    }

    fn line(&mut self, panel: &Panel, class: &str, cut: &[TimeSlice], value: impl Fn(&TimeSlice) -> f64) {
        let half = self.seconds / count_f64(cut.len().max(1)) / 2.0;
        let mut path = String::new();
        for (number, slice) in cut.iter().enumerate() {
            let (x, y) = (self.x(slice.from + half), panel.y(value(slice)));
            let command = if number == 0 { 'M' } else { 'L' };
            // Writing to a string can't fail.
            let _ = write!(path, "{command}{x:.1} {y:.1}");
        }
        self.add(&format!(r#"<path class="{class}" d="{path}"/>"#));
    }

    fn label(&mut self, place: usize, class: &str, name: &str) {
        self.legend((LEFT + 300.0 + 180.0 * count_f64(place), 52.0), class, name);
    }

    fn legend(&mut self, (x, y): (f64, f64), class: &str, name: &str) {
        self.add(&format!(r#"<path class="{class}" d="M{x} {y}h28"/>"#));
        self.text("", (x + 34.0, y + 4.0), "start", name);
    }

    fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: &str, text: &str) {
        let class = if class.is_empty() { String::new() } else { format!(r#" class="{class}""#) };
        self.add(&format!(r#"<text{class} x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#));
    }

    /// Formats a value with as many decimals as its step needs.
    fn shown(&self, value: f64, step: f64) -> String {
        if step >= 1.0 {
            return self.words.rounded(value);
        }
        let places = [1, 2].into_iter().find(|places| step >= 0.1_f64.powi(*places)).unwrap_or(3);
        self.words.decimal(value, usize::try_from(places).unwrap_or(3))
    }
}

/// The step of an axis (1, 2 or 5 times a power of ten) and the number of steps up to the largest value, about
/// [`STEPS`].
fn axis(most: f64) -> (f64, usize) {
    if most <= 0.0 || !most.is_finite() {
        return (1.0, 1);
    }
    let rough = most / STEPS;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|part| part * power).into_iter().find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(power * 10.0);
    let steps = (1..=10).find(|steps| step * count_f64(*steps) >= most * 0.999).unwrap_or(10);
    (step, steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn an_axis_has_few_even_steps_and_holds_the_largest_value() {
        for (most, step, steps) in [
            (18_400.0, 5_000.0, 4),
            (10.0, 2.0, 5),
            (1.0, 0.2, 5),
            (0.03, 0.01, 3),
            (52_000.0, 20_000.0, 3),
            (0.0, 1.0, 1),
        ] {
            let (found, number) = axis(most);
            assert!((found - step).abs() < step * 1e-9 && number == steps, "{most}: {number} of {found}");
        }
    }

    #[test]
    fn a_picture_is_well_formed_and_shows_units_and_both_ceilings() {
        let ms = Duration::from_millis;
        let mut drawing = TimeChart::of("title".into(), "line".into(), ms(900));
        drawing.answers = (0..90u64).map(|n| (ms(10 * (n + 1)), ms(5))).collect();
        drawing.round_ends = vec![ms(450), ms(900)];
        drawing.ceilings = vec![("a".into(), 25.0), ("b".into(), 80.0)];
        for lang in [Lang::Id, Lang::En] {
            let words = Localizer(lang);
            let drawn = svg(&drawing, words);
            let mut reader = quick_xml::Reader::from_str(&drawn);
            while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
            assert!(!drawn.contains("NaN") && !drawn.contains("bench-") && !drawn.contains("Unknown"), "{drawn}");
            assert!(drawn.contains("prefers-color-scheme:dark") && drawn.contains(&words.t("bench-chart-time")));
            assert_eq!(drawn.matches(r#"class="round""#).count(), 1);
            assert!(drawn.contains(r#"<path class="c" "#) && drawn.contains(r#"<path class="d" "#));
        }
    }
}
