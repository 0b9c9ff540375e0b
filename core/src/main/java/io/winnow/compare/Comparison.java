package io.winnow.compare;

import io.winnow.artifact.RunRecord;
import io.winnow.config.OrNull;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * B against A by one distance.
 *
 * @param metric name of the distance
 * @param others names of the other distances of the runs
 * @param a values of A by seed; of a class-wise distance the geometric mean over classes, of
 *     several sets of samples that over them
 * @param b values of B
 * @param seeds that count on both sides, ascending, where values are paired; empty otherwise
 * @param variationA coefficient of variation of A's values over seeds; null of one
 * @param variationB that of B's
 * @param found the mean log ratio
 * @param ratio B's distance over A's: below 1, B is closer to the reference
 * @param interval of the ratio, at the error rate; null where the spread is not known
 * @param pValue null where the spread is not known
 * @param needed seeds on each side for the gap found and for others
 * @param differences between the recipes: what is compared
 */
public record Comparison(
    String pathA,
    String pathB,
    String metric,
    List<String> others,
    NavigableMap<Long, Double> a,
    NavigableMap<Long, Double> b,
    List<Long> seeds,
    @OrNull Double variationA,
    @OrNull Double variationB,
    LogRatio found,
    double ratio,
    @OrNull LogRatio.Interval interval,
    @OrNull Double pValue,
    double errorRate,
    Verdict verdict,
    List<SeedsNeeded> needed,
    List<Difference> differences) {

  /** Variations that are assumed of one seed: "The FID Lottery", arXiv 2606.20536. */
  private static final List<Double> LITERATURE = List.of(0.01, 0.02);

  /**
   * Compares finished runs.
   *
   * @param a a run's folder, or one that holds runs of one recipe with several seeds
   * @param b the same of the other side
   * @throws IllegalArgumentException when the sides cannot be compared, naming what differs
   */
  public static Comparison of(Path a, Path b, Question question) {
    Side sideA = Side.read(a);
    Side sideB = Side.read(b);
    Side.requireApart(sideA, sideB);
    return of(sideA, sideB, question);
  }

  /** Of sides that have been read and are apart. */
  static Comparison of(Side sideA, Side sideB, Question question) {
    SeedRun first = sideA.runs().firstEntry().getValue();
    DistanceSeries asked = DistanceSeries.choose(first, question.metric());
    NavigableMap<Long, DistanceSeries> ofA = series(sideA, asked.name());
    NavigableMap<Long, DistanceSeries> ofB = series(sideB, asked.name());
    List<Long> both = new ArrayList<>(new TreeSet<>(ofA.keySet()));
    both.retainAll(ofB.keySet());
    boolean one = ofA.size() == 1 && ofB.size() == 1 && both.size() == 1;
    List<Long> seeds = both.size() >= 2 || one ? List.copyOf(both) : List.of();
    requireAlike(sideA, ofA, sideB, ofB, seeds);
    return of(sideA, ofA, sideB, ofB, seeds, question);
  }

  private static NavigableMap<Long, DistanceSeries> series(Side side, String name) {
    NavigableMap<Long, DistanceSeries> found = new TreeMap<>();
    side.runs().forEach((seed, run) -> found.put(seed, DistanceSeries.choose(run, name)));
    return found;
  }

  /** Pairs need to be alike within; a set drawn by the seed is another one for each pair. */
  private static void requireAlike(
      Side a,
      Map<Long, DistanceSeries> ofA,
      Side b,
      Map<Long, DistanceSeries> ofB,
      List<Long> seeds) {
    if (!seeds.isEmpty()) {
      seeds.forEach(s -> Alike.require(a.of(s), ofA.get(s), b.of(s), ofB.get(s)));
      return;
    }
    long first = a.runs().firstKey();
    a.runs().keySet().forEach(s -> Alike.require(a.of(first), ofA.get(first), a.of(s), ofA.get(s)));
    b.runs().keySet().forEach(s -> Alike.require(a.of(first), ofA.get(first), b.of(s), ofB.get(s)));
  }

  private static Comparison of(
      Side sideA,
      Map<Long, DistanceSeries> ofA,
      Side sideB,
      Map<Long, DistanceSeries> ofB,
      List<Long> seeds,
      Question question) {
    NavigableMap<Long, Double> a = values(sideA, ofA);
    NavigableMap<Long, Double> b = values(sideB, ofB);
    LogRatio found =
        seeds.isEmpty()
            ? LogRatio.unpaired(array(a.values().stream()), array(b.values().stream()))
            : LogRatio.paired(array(seeds.stream().map(a::get)), array(seeds.stream().map(b::get)));
    double rate = question.errorRate();
    SeedRun first = sideA.runs().firstEntry().getValue();
    DistanceSeries series = ofA.get(first.seed());
    return new Comparison(
        sideA.path().toString(),
        sideB.path().toString(),
        series.title(),
        DistanceSeries.of(first).stream()
            .filter(other -> !other.name().equals(series.name()))
            .map(DistanceSeries::title)
            .toList(),
        a,
        b,
        seeds,
        variation(a),
        variation(b),
        found,
        found.ratio(),
        found.measured() ? found.interval(rate) : null,
        found.measured() ? found.pValue() : null,
        rate,
        found.verdict(rate),
        needed(found, question),
        differences(first, sideB.runs().firstEntry().getValue()));
  }

  private static NavigableMap<Long, Double> values(Side side, Map<Long, DistanceSeries> series) {
    NavigableMap<Long, Double> values = new TreeMap<>();
    side.runs().forEach((seed, run) -> values.put(seed, series.get(seed).value(run)));
    return values;
  }

  private static double[] array(Stream<Double> values) {
    return values.mapToDouble(Double::doubleValue).toArray();
  }

  /** Of a lognormal value: sqrt(exp(s^2) - 1) with s the deviation of the logarithm. */
  private static @OrNull Double variation(Map<Long, Double> values) {
    double[] logs = values.values().stream().mapToDouble(Math::log).toArray();
    return logs.length < 2 ? null : Math.sqrt(Math.expm1(LogRatio.variance(logs)));
  }

  private static List<SeedsNeeded> needed(LogRatio found, Question question) {
    double rate = question.errorRate();
    List<SeedsNeeded> needed = new ArrayList<>();
    needed.add(SeedsNeeded.observed(found, rate));
    Stream.concat(Question.GAPS.stream(), Stream.ofNullable(question.gap()))
        .distinct()
        .sorted()
        .forEach(gap -> needed.add(SeedsNeeded.of(found, gap, rate)));
    return found.measured()
        ? List.copyOf(needed)
        : needed.stream()
            .flatMap(need -> LITERATURE.stream().map(cv -> need.assuming(cv, found, rate)))
            .toList();
  }

  /** Of recipes, of the arithmetic that {@code auto} stood for, and of versions. */
  private static List<Difference> differences(SeedRun a, SeedRun b) {
    List<Difference> found = new ArrayList<>(Difference.of(a.recipe(), b.recipe()));
    found.addAll(
        Difference.of(
            Map.of("precision of the samples", precision(a)),
            Map.of("precision of the samples", precision(b))));
    found.addAll(Difference.of(versions(a.record()), versions(b.record())));
    return List.copyOf(found);
  }

  private static String precision(SeedRun run) {
    return run.metrics().stream()
        .map(metric -> String.valueOf(metric.c().precision()))
        .findFirst()
        .orElse("unknown");
  }

  private static Map<String, String> versions(RunRecord record) {
    Map<String, String> versions = new TreeMap<>();
    record.versions().forEach((what, version) -> versions.put("version of " + what, version));
    return versions;
  }

  /** How many seeds count, for people: of pairs, or of both sides where there are none. */
  public String counted() {
    return seeds.isEmpty() ? a.size() + " and " + b.size() : Integer.toString(seeds.size());
  }

  /** Seeds of one side that do not count, as the other has no run of theirs. */
  public List<Long> leftOut(NavigableMap<Long, Double> side) {
    return seeds.isEmpty()
        ? List.of()
        : side.keySet().stream().filter(seed -> !seeds.contains(seed)).toList();
  }
}
