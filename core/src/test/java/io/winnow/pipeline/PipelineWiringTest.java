package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.Features;
import io.winnow.artifact.Memorisation;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metrics;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.SpeedUps;
import io.winnow.data.Dataset;
import io.winnow.data.Datasets;
import io.winnow.data.DecodedImages;
import io.winnow.data.Image;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Parameterization;
import io.winnow.encode.Encoder;
import io.winnow.encode.Encoders;
import io.winnow.files.AtomicFile;
import io.winnow.files.ContentHash;
import io.winnow.files.Sha256;
import io.winnow.pipeline.WiringSpy.Asked;
import io.winnow.pipeline.WiringSpy.Weighed;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Device;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What reaches what: one small run of everything, watched, and many claims about it. */
class PipelineWiringTest {
  private static final String RECIPE =
      """
      name: wired
      seed: 3
      compute: {device: cpu, threads: 1}
      dataset: {type: shapes, count: 120, size: 8}
      encode: {training: {width: 4, epochs: 1, batch: 32, cropPadding: 1, flip: false}, batch: 32}
      prune: {ratio: 0.3, scope: global}
      model: {width: 8, multipliers: [1, 1], blocks: 1, attention: [], groups: 4, dropout: 0.5, labelDropout: 0.4}
      train: {epochs: 3, batch: 16, learningRate: 1e-2, warmupEpochs: 1, ema: 0.5}
      reweight:
        settings: {eta: 0.5, warmupSteps: 1}
        proxy: {epochs: 2}
        reference: {epochs: null}
        baseline: true
      sample: {sampler: {steps: 4}, count: 25, batch: 12, guidanceWeight: 0.7}
      """;

  private static final int ALL = 120;
  private static final int BATCH = 16;
  private static final int PIXELS = 3 * 8 * 8;
  private static final int CLASSES = 10;

  @TempDir static Path home;
  private static Path run;
  private static Recipe recipe;
  private static WiringSpy spy;
  private static Coreset coreset;
  private static int[] labels;
  private static float[][] images; // in [-1, 1], [N, 3 * 8 * 8]

  @BeforeAll
  static void runOnce() {
    Path file = home.resolve("wired.yaml");
    AtomicFile.writeString(file, RECIPE);
    var resolved = Recipe.read(file, List.of());
    recipe = resolved.value();
    run = home.resolve("run");
    spy =
        new WiringSpy(new NoiseSchedule(recipe.model().scheduler(Parameterization.EPS).schedule()));
    try (Pipeline pipeline = Pipeline.open(resolved, run, Progress.SILENT, () -> false, spy)) {
      pipeline.run(Stage.EVALUATE);
    }
    coreset = CoresetFiles.read(run);
    try (Dataset dataset = Datasets.open(recipe.dataset(), recipe.seed());
        DecodedImages decoded = DecodedImages.load(dataset, 8, recipe.dataset().resize(), 1);
        Scope scope = Scope.open()) {
      labels = decoded.labels();
      byte[] bytes = Tensors.bytes(decoded.batch(everything()));
      images = new float[ALL][PIXELS];
      for (int i = 0; i < bytes.length; i++) {
        images[i / PIXELS][i % PIXELS] = (bytes[i] & 0xff) / 255f * 2 - 1;
      }
    }
  }

  private static int[] everything() {
    return IntStream.range(0, ALL).toArray();
  }

  private static int[] fetched(String training) {
    return spy.batches.get(training).stream().flatMapToInt(Arrays::stream).toArray();
  }

  /** Every epoch goes over the set once. */
  private static void visits(String training, int epochs, int[] set) {
    int[] fetched = fetched(training);
    assertThat(fetched).hasSize(epochs * set.length);
    for (int epoch = 0; epoch < epochs; epoch++) {
      int[] one = Arrays.copyOfRange(fetched, epoch * set.length, (epoch + 1) * set.length);
      assertThat(one).as(training + " epoch " + epoch).isNotEqualTo(set); // shuffled
      Arrays.sort(one);
      assertThat(one).as(training + " epoch " + epoch).isEqualTo(set);
    }
    assertThat(spy.batches.get(training).get(0)).hasSize(BATCH);
  }

  private static ClassWeights classWeights() {
    return ClassWeights.read(run.resolve("class-weights.json"));
  }

  private static RunRecord.Stage stage(String name) {
    return RunRecord.read(run.resolve("run.json")).stages().get(name);
  }

  private static Map<String, float[]> file(String name) {
    try (Scope scope = Scope.open()) {
      Map<String, float[]> weights = new LinkedHashMap<>();
      Safetensors.read(run.resolve(name))
          .forEach((key, tensor) -> weights.put(key, Tensors.floats(tensor)));
      return weights;
    }
  }

  private static Map<String, float[]> averaged(String model) {
    return file(model + "/unet/diffusion_pytorch_model.safetensors");
  }

  private static Map<String, float[]> raw(String model) {
    return file(model + "/train-state/raw.safetensors");
  }

  private static void same(Map<String, float[]> weights, Map<String, float[]> expected, float by) {
    assertThat(weights).containsOnlyKeys(expected.keySet());
    expected.forEach(
        (key, values) -> assertThat(weights.get(key)).as(key).containsExactly(values, within(by)));
  }

  private static double distance(Map<String, float[]> a, Map<String, float[]> b) {
    double largest = 0;
    for (String key : a.keySet()) {
      for (int i = 0; i < a.get(key).length; i++) {
        largest = Math.max(largest, Math.abs(a.get(key)[i] - b.get(key)[i]));
      }
    }
    return largest;
  }

  private static List<Asked> inTraining(String training) {
    return spy.asked.get(training);
  }

  @Test
  void coreset_hasAnotherMixtureOfClassesThanTheSet() {
    assertThat(coreset.kept()).hasSize(36);
    assertThat(frequency(coreset.kept())).isNotEqualTo(frequency(everything()));
  }

  private static double[] frequency(int[] set) {
    double[] share = new double[CLASSES];
    for (int i : set) {
      share[labels[i]] += 1.0 / set.length;
    }
    return share;
  }

  @Test
  void reference_isTrainedOnEveryImage_withEqualWeights() {
    visits("reference", 3, everything());
    assertThat(spy.weighed.get("reference"))
        .hasSize(24)
        .allSatisfy(PipelineWiringTest::weighsEqual);
  }

  private static void weighsEqual(Weighed update) {
    double each = 1.0 / update.groups.length;
    assertThat(update.coefficients).hasSameSizeAs(update.groups).containsOnly(each);
  }

  @Test
  void proxy_isTrainedOnTheCoreset_whoseSharesAreTheFrequencies() {
    visits("proxy", 2, coreset.kept());
    double[] shares = frequency(coreset.kept());
    assertThat(classWeights().frequency()).containsExactly(shares, within(1e-12));
    ClassWeights weights = classWeights();
    for (int c = 0; c < CLASSES; c++) {
      if (shares[c] > 0) {
        assertThat(weights.weights()[c]).isEqualTo(weights.alpha()[c] / shares[c], within(1e-9));
      }
    }
  }

  @Test
  void proxy_isWeighedByTheMixture_notByTheWeightsOfTheModel() {
    List<Weighed> updates = spy.weighed.get("proxy");
    assertThat(updates).hasSize(6);
    assertThat(updates.subList(1, 6))
        .anySatisfy(u -> assertThat(u.coefficients).doesNotContain(1.0 / u.groups.length));
  }

  @Test
  void referenceOfTheProxy_isTheAveragedOne_inEvaluationMode_onTheProxysInputs() {
    List<Asked> reference = spy.asked.get("reference of the proxy");
    List<Asked> proxy = inTraining("proxy").stream().filter(Asked::training).toList();
    assertThat(reference).hasSize(6).hasSameSizeAs(proxy);
    Map<String, float[]> expected = averaged("reference");
    for (int i = 0; i < reference.size(); i++) {
      assertThat(reference.get(i).training()).isFalse();
      same(reference.get(i).weights(), expected, 0);
      assertThat(reference.get(i).xt()).isEqualTo(proxy.get(i).xt());
      assertThat(reference.get(i).t()).isEqualTo(proxy.get(i).t());
      assertThat(reference.get(i).y()).isEqualTo(proxy.get(i).y());
    }
  }

  @Test
  void model_isTrainedOnTheCoreset_weighedByTheLearntWeights() {
    visits("model", 3, coreset.kept());
    double[] weights = classWeights().weights();
    double[] known = Arrays.stream(weights).filter(w -> !Double.isNaN(w)).toArray();
    assertThat(Arrays.stream(known).max().getAsDouble() - Arrays.stream(known).min().getAsDouble())
        .as("weights that differ, else nothing is shown")
        .isGreaterThan(0.01);
    assertThat(spy.weighed.get("model"))
        .hasSize(9)
        .allSatisfy(
            update -> {
              double[] expected =
                  Arrays.stream(update.groups)
                      .mapToDouble(c -> weights[c] / update.groups.length)
                      .toArray();
              assertThat(update.coefficients).containsExactly(expected, within(1e-15));
            });
  }

  @Test
  void unweighted_differsFromTheModelInWeightsAlone() {
    visits("unweighted", 3, coreset.kept());
    List<Weighed> model = spy.weighed.get("model");
    List<Weighed> unweighted = spy.weighed.get("unweighted");
    assertThat(unweighted).hasSameSizeAs(model).allSatisfy(PipelineWiringTest::weighsEqual);
    for (int i = 0; i < model.size(); i++) {
      assertThat(unweighted.get(i).indices).isEqualTo(model.get(i).indices);
      assertThat(unweighted.get(i).t).isEqualTo(model.get(i).t);
      assertThat(unweighted.get(i).y).isEqualTo(model.get(i).y);
      assertThat(inTraining("unweighted").get(i).xt()).isEqualTo(inTraining("model").get(i).xt());
    }
    same(first("unweighted"), first("model"), 0);
    assertThat(distance(averaged("unweighted"), averaged("model"))).isGreaterThan(1e-5);
  }

  private static Map<String, float[]> first(String training) {
    return inTraining(training).get(0).weights();
  }

  @Test
  void trainings_drawFromStreamsOfTheirOwn() {
    List<String> trainings = List.of("reference", "proxy", "model");
    for (String one : trainings) {
      for (String other : trainings) {
        if (!one.equals(other)) {
          assertThat(distance(first(one), first(other))).as(one + ", " + other).isGreaterThan(0.01);
          assertThat(spy.weighed.get(one).get(0).t).isNotEqualTo(spy.weighed.get(other).get(0).t);
        }
      }
    }
    assertThat(Arrays.copyOf(fetched("proxy"), 36))
        .isNotEqualTo(Arrays.copyOf(fetched("model"), 36));
  }

  @Test
  void everyTraining_seesItsImagesInTheirRange_withTheirLabelsOrNone_atAllTimes() {
    for (String training : List.of("reference", "proxy", "model", "unweighted")) {
      List<Integer> hidden = new ArrayList<>();
      List<Long> times = new ArrayList<>();
      boolean[] mirrored = {false, false};
      int at = 0;
      for (Weighed update : spy.weighed.get(training)) {
        assertThat(update.indices).isEqualTo(spy.batches.get(training).get(at++));
        for (int i = 0; i < update.indices.length; i++) {
          int index = update.indices[i];
          assertThat(update.groups[i]).isEqualTo(labels[index]);
          assertThat(update.y[i]).isIn((long) labels[index], (long) CLASSES);
          hidden.add(update.y[i] == CLASSES ? 1 : 0);
          times.add(update.t[i]);
          float[] x0 = Arrays.copyOfRange(update.x0, i * PIXELS, (i + 1) * PIXELS);
          mirrored[isImage(x0, images[index]) ? 0 : 1] = true;
        }
      }
      double share = hidden.stream().mapToInt(Integer::intValue).average().orElseThrow();
      assertThat(share).as(training).isBetween(0.2, 0.6);
      assertThat(times).allMatch(t -> t >= 0 && t < 1000).anyMatch(t -> t > 700);
      assertThat(times).anyMatch(t -> t < 300);
      assertThat(mirrored).containsExactly(true, true);
      assertThat(inTraining(training).stream().filter(Asked::training).toList()).hasSize(at);
    }
  }

  /** Whether it is the image itself; else it must be its mirror image. */
  private static boolean isImage(float[] x0, float[] image) {
    if (near(x0, image)) {
      return true;
    }
    float[] mirror = new float[PIXELS];
    for (int p = 0; p < PIXELS; p++) {
      mirror[p] = image[p / 8 * 8 + 7 - p % 8];
    }
    assertThat(x0).containsExactly(mirror, within(5e-3f));
    return false;
  }

  private static boolean near(float[] a, float[] b) {
    return IntStream.range(0, a.length).allMatch(i -> Math.abs(a[i] - b[i]) < 5e-3);
  }

  @Test
  void networks_areFreedWhenTheirStagesAreDone() {
    assertThat(spy.networks)
        .containsKeys("reference", "reference of the proxy", "proxy", "model", "samples of model")
        .allSatisfy(
            (role, network) ->
                assertThat(network.state().values()).as(role).allMatch(tensor -> tensor.isNull()));
  }

  /** b_1 = 0, b_k = min(beta, 1 - k^(-2/3)): the ramp, over the weights that the spy saw. */
  @Test
  void checkpoint_holdsTheAverage_andTheRawWeightsBeside() {
    for (String training : List.of("reference", "model", "unweighted")) {
      Map<String, float[]> last = spy.last.get(training);
      List<Map<String, float[]>> after =
          new ArrayList<>(inTraining(training).stream().skip(1).map(Asked::weights).toList());
      after.add(last);
      Map<String, float[]> average = new LinkedHashMap<>();
      for (int k = 1; k <= after.size(); k++) {
        double keep = k == 1 ? 0 : Math.min(0.5, 1 - Math.pow(k, -2.0 / 3));
        after
            .get(k - 1)
            .forEach(
                (key, values) -> {
                  float[] mean = average.computeIfAbsent(key, n -> new float[values.length]);
                  for (int i = 0; i < mean.length; i++) {
                    mean[i] = (float) (keep * mean[i] + (1 - keep) * values[i]);
                  }
                });
      }
      same(averaged(training), average, 2e-6f);
      same(raw(training), last, 0);
      assertThat(distance(averaged(training), raw(training))).isGreaterThan(1e-4);
    }
  }

  @Test
  void samples_comeFromTheAverage_inEvaluationMode() {
    Map.of("samples of model", "model", "samples of unweighted", "unweighted")
        .forEach(
            (role, model) -> {
              Map<String, float[]> expected = averaged(model);
              assertThat(spy.asked.get(role))
                  .hasSize(12)
                  .allSatisfy(
                      call -> {
                        assertThat(call.training()).isFalse();
                        same(call.weights(), expected, 0);
                      });
            });
    List<Asked> weighted = spy.asked.get("samples of model");
    List<Asked> unweighted = spy.asked.get("samples of unweighted");
    assertThat(unweighted.get(0).xt()).as("the same noise").isEqualTo(weighted.get(0).xt());
  }

  /**
   * DDIM by the rule of FutureXiang/Diffusion, recomputed from the predictions that the spy heard:
   * every next input of the network, and the bytes of the files at the end.
   */
  @Test
  void samples_goThroughTheClasses_withGuidance_byTheRecipesSampler() throws Exception {
    double[] table = alphaBar(1001);
    long[] times = {750, 500, 250, 0};
    List<Asked> calls = spy.asked.get("samples of model");
    int drawn = 0;
    for (int batch = 0; batch < 3; batch++) {
      int size = batch == 2 ? 1 : 12;
      float[] expected = null;
      for (int k = 0; k < 4; k++) {
        Asked call = calls.get(batch * 4 + k);
        asksForBoth(call, drawn, size, times[k]);
        float[] x = Arrays.copyOf(call.xt(), size * PIXELS);
        if (k > 0) {
          assertThat(x).containsExactly(expected, within(2e-4f));
        }
        double next = k == 3 ? table[0] : table[(int) times[k + 1] + 1];
        expected = step(x, call.predicted(), table[(int) times[k] + 1], next);
      }
      arePictures(expected, drawn);
      drawn += size;
    }
    assertThat(drawn).isEqualTo(25);
    try (Dataset pictures = Datasets.pictures(run.resolve("samples"), "", 1 << 20)) {
      assertThat(pictures.size()).isEqualTo(25);
    }
  }

  private static double[] alphaBar(int steps) {
    double[] table = new double[steps];
    double product = 1;
    for (int i = 0; i < steps; i++) {
      product *= 1 - (1e-4 + (0.02 - 1e-4) * i / (steps - 1));
      table[i] = product;
    }
    return table;
  }

  /** First with the labels of the samples, then the same with none. */
  private static void asksForBoth(Asked call, int from, int size, long time) {
    long[] y = new long[2 * size];
    for (int i = 0; i < size; i++) {
      y[i] = Math.floorMod(from + i, CLASSES);
      y[size + i] = CLASSES;
    }
    assertThat(call.y()).isEqualTo(y);
    assertThat(call.t()).isNotEmpty().containsOnly(time);
    int half = size * PIXELS;
    assertThat(Arrays.copyOfRange(call.xt(), half, 2 * half))
        .isEqualTo(Arrays.copyOf(call.xt(), half));
  }

  private static float[] step(float[] x, float[] predicted, double a, double aNext) {
    float[] next = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      double eps = 1.7 * predicted[i] - 0.7 * predicted[x.length + i];
      double x0 = Math.max(-1, Math.min(1, (x[i] - Math.sqrt(1 - a) * eps) / Math.sqrt(a)));
      double direction = (x[i] - Math.sqrt(a) * x0) / Math.sqrt(1 - a);
      next[i] = (float) (Math.sqrt(aNext) * x0 + Math.sqrt(1 - aNext) * direction);
    }
    return next;
  }

  private static void arePictures(float[] x, int from) throws Exception {
    try (Dataset pictures = Datasets.pictures(run.resolve("samples"), "", 1 << 20)) {
      for (int n = 0; n < x.length / PIXELS; n++) {
        String id = classNames().get((from + n) % CLASSES) + "/%06d.png".formatted(from + n);
        int at =
            IntStream.range(0, pictures.size())
                .filter(i -> pictures.id(i).equals(id))
                .findFirst()
                .orElseThrow();
        byte[] rgb = pictures.image(at).rgb();
        for (int p = 0; p < PIXELS; p++) {
          float value = x[n * PIXELS + p % 3 * 64 + p / 3]; // [3, H, W]
          int expected = (int) Math.max(0, Math.min(255, Math.floor((value + 1) / 2 * 255 + 0.5)));
          assertThat(rgb[p] & 0xff).as(id + " " + p).isCloseTo(expected, within(1));
        }
      }
    }
  }

  private static List<String> classNames() {
    return classWeights().classes();
  }

  @Test
  void record_saysWhatWasTrainedOnWhat() throws Exception {
    String ids = Files.readString(run.resolve("coreset/kept.txt"));
    RunRecord.Training model = stage("train").training();
    assertThat(model.phases())
        .containsExactly(new RunRecord.Phase("coreset", 36, Sha256.of(ids), 9, true));
    assertThat(model.weighting()).isEqualTo("loss");
    assertThat(model.labelDropout()).isEqualTo(0.4);
    assertThat(model.reference()).isNull();
    double[] weights = classWeights().weights();
    double[] known = Arrays.stream(weights).filter(w -> !Double.isNaN(w)).sorted().toArray();
    assertThat(model.weights().smallest()).isEqualTo(known[0]);
    assertThat(model.weights().largest()).isEqualTo(known[known.length - 1]);
    RunRecord.Training unweighted = stage("train-unweighted").training();
    assertThat(unweighted.phases()).isEqualTo(model.phases());
    assertThat(unweighted.weights().smallest()).isEqualTo(1);
    assertThat(unweighted.weights().largest()).isEqualTo(1);
    assertThat(unweighted.stream()).isEqualTo(model.stream());
    RunRecord.Training reference = stage("reference").training();
    RunRecord.Phase full = reference.phases().get(0);
    assertThat(reference.phases()).hasSize(1);
    assertThat(full.name() + " " + full.images() + " " + full.updates()).isEqualTo("full 120 24");
    assertThat(reference.weights().largest()).isEqualTo(1);
    RunRecord.Training proxy = stage("reweight").training();
    assertThat(proxy.weighting()).isEqualTo("learnt");
    assertThat(proxy.phases().get(0).sha256()).isEqualTo(Sha256.of(ids));
    assertThat(proxy.weights()).isEqualTo(model.weights());
    assertThat(proxy.reference())
        .isEqualTo(
            new RunRecord.Reference(
                ContentHash.of(run.resolve("reference")), "eval", "squared error"));
    assertThat(List.of(model.stream(), proxy.stream(), reference.stream())).doesNotHaveDuplicates();
    assertThat(stage("encode").training()).isNull();
  }

  @Test
  void record_saysWhatWasDrawnFromWhat() {
    RunRecord.Sampling drawn = stage("sample").sampling();
    assertThat(drawn.weights() + " " + drawn.mode()).isEqualTo("ema eval");
    Path file = run.resolve("model/unet/diffusion_pytorch_model.safetensors");
    assertThat(drawn.sha256()).isEqualTo(Sha256.of(file));
    assertThat(drawn.guidanceWeight()).isEqualTo(0.7);
    assertThat(drawn.nullClass()).isEqualTo(CLASSES);
    assertThat(drawn.byClass()).containsOnlyKeys(classNames());
    assertThat(drawn.byClass().values()).containsOnly(3, 2);
    assertThat(drawn.byClass().values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(25);
    assertThat(stage("sample-unweighted").sampling().sha256()).isNotEqualTo(drawn.sha256());
    assertThat(stage("train").sampling()).isNull();
  }

  @Test
  void speedUps_countTheWholeWay_theReferenceToo() {
    long images = 0;
    double seconds = 0;
    TreeSet<String> way =
        new TreeSet<>(
            List.of("encoder", "encode", "score", "prune", "reference", "reweight", "train"));
    for (String name : way) {
      images += stage(name).images();
      seconds += stage(name).seconds();
    }
    assertThat(stage("train").images()).isEqualTo(3 * 36);
    assertThat(stage("reweight").images()).isEqualTo(2 * 36);
    assertThat(stage("reference").images()).isEqualTo(3 * ALL);
    List<SpeedUps.SpeedUp> all = SpeedUps.read(run.resolve("speed-ups.json")).speedUps();
    SpeedUps.SpeedUp endToEnd =
        all.stream().filter(s -> s.kind() == SpeedUps.Kind.END_TO_END).findFirst().orElseThrow();
    assertThat(endToEnd.coresetImages()).isEqualTo(images);
    assertThat(endToEnd.coresetSeconds()).isEqualTo(seconds, within(1e-9));
    assertThat(endToEnd.fullImages()).isEqualTo(3 * ALL);
    assertThat(endToEnd.fullSeconds()).isEqualTo(stage("reference").seconds());
    assertThat(endToEnd.measured()).isTrue();
    SpeedUps.SpeedUp training = all.get(0);
    assertThat(training.coresetImages()).isEqualTo(3 * 36);
    assertThat(training.coresetSeconds()).isEqualTo(stage("train").seconds());
  }

  @Test
  void memorisation_isMeasuredAgainstTheTrainedImagesAlone() {
    Memorisation found = Memorisation.read(run.resolve("memorisation.json"));
    assertThat(found.trainingImages()).isEqualTo(36);
    try (Features samples =
            FeatureFolder.read(run.resolve("sample-features/samples/resnet18-cifar"));
        Features all = FeatureFolder.read(run.resolve("features/resnet18-cifar-at-8-average"));
        Scope scope = Scope.open()) {
      float[] s = Tensors.floats(samples.block(0, 25));
      float[] r = Tensors.floats(all.block(0, ALL));
      int d = all.dimension();
      for (int i = 0; i < 25; i++) {
        double nearest = Double.POSITIVE_INFINITY;
        for (int j : coreset.kept()) {
          double sum = 0;
          for (int k = 0; k < d; k++) {
            sum += Math.pow(s[i * d + k] - r[j * d + k], 2);
          }
          nearest = Math.min(nearest, Math.sqrt(sum));
        }
        assertThat(found.samples().get(i)).isEqualTo(nearest, within(1e-3 * nearest + 1e-4));
      }
    }
  }

  /** Real images are judged as the model saw them: shrunk first, as the samples are small. */
  @Test
  void referenceAndHeldOutImages_areJudgedInTheSizeThatWasTrainedOn() throws Exception {
    try (Encoder encoder =
            Encoders.open(recipe.encode(), run.resolve("encoder"), new Device("cpu"), 3);
        Dataset data = Datasets.open(recipe.dataset(), recipe.seed());
        Dataset heldOut = OtherImages.heldOut(recipe, new RunLayout(run)).open()) {
      assertThat(data.image(0).width()).as("else nothing is shown").isGreaterThan(8);
      areOf("features/resnet18-cifar-at-8-average", data, encoder);
      areOf("features/held-out-resnet18-cifar-at-8-average", heldOut, encoder);
    }
  }

  private static void areOf(String folder, Dataset dataset, Encoder encoder) throws Exception {
    Dataset small = Datasets.resized(dataset, 8, recipe.dataset().resize());
    List<Image> images = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      images.add(small.image(i));
    }
    try (Features features = FeatureFolder.read(run.resolve(folder));
        Scope scope = Scope.open()) {
      float[] expected = Tensors.floats(encoder.encode(images));
      assertThat(Tensors.floats(features.block(0, 20)))
          .as(folder)
          .containsExactly(expected, within(1e-4f));
    }
  }

  @Test
  void metrics_areOfBothModels_besideAFloorOfTwoDifferentHalves() {
    List<Metric> metrics = Metrics.read(run.resolve("metrics.json")).metrics();
    assertThat(metrics).extracting(m -> String.valueOf(m.c().variant())).contains("unweighted");
    assertThat(metrics)
        .filteredOn(m -> "floor".equals(m.c().variant()))
        .isNotEmpty()
        .allSatisfy(m -> assertThat(m.value()).isGreaterThan(1e-6));
    assertThat(metrics)
        .filteredOn(m -> m.c().variant() == null && m.className() == null)
        .allSatisfy(m -> assertThat(m.c().sampling().guidanceWeight()).isEqualTo(0.7));
  }
}
