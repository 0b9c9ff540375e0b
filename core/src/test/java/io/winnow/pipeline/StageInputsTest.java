package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.RunRecord;
import io.winnow.config.StrictYaml;
import io.winnow.data.PromptsConfig;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which stages run again when a key of the recipe changes, for every key that there is. */
class StageInputsTest {
  private static final ClassWeights WEIGHTS =
      new ClassWeights(
          List.of("a"), new double[] {1}, new double[] {1}, new double[] {1}, Map.of(), List.of());

  @TempDir Path folder;

  private static final String MDT =
      "model={type: mdt, version: 2, space: latents, patch: 2, width: 16, depth: 2, heads: 2,"
          + " decodeLayer: 1, maskRatio: null, learnSigma: false}";
  private static final String SIZES =
      "sizes: {width: 8, multipliers: [1], blocks: 1, attention: [0], heads: 1, groups: 4, text:"
          + " {width: 8, layers: 1, heads: 1}}";

  /** Recipes on latents, by the word that rows of the table name them by. */
  private static final Map<String, List<String>> LATENT =
      Map.of(
          "mdt", List.of(MDT, "latents={}"),
          "mdt-vae", List.of(MDT, "latents={vae: given}"),
          "sd",
              List.of("model={type: stable-diffusion, " + SIZES + "}", "latents={}", "prompts={}"),
          "sd-from",
              List.of("model={type: stable-diffusion, from: there}", "latents={}", "prompts={}"));

  /** A line of {@code recipe-keys.txt}. */
  private record Row(List<String> sets, List<String> base, Set<String> stages) {
    String key() {
      return sets.get(0).substring(0, sets.get(0).indexOf('='));
    }

    boolean says(String word) {
      return stages.equals(Set.of(word));
    }
  }

  private static List<Row> rows() throws Exception {
    try (InputStream in = StageInputsTest.class.getResourceAsStream("/recipe-keys.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(StageInputsTest::row)
          .toList();
    }
  }

  private static Row row(String line) {
    String[] sides = line.split(" \\| ", 2);
    String[] words = sides[0].strip().split(" {2,}", 2);
    return new Row(
        List.of(words[0].split(";", -1)),
        sides.length == 1 ? List.of() : base(sides[1].strip()),
        new TreeSet<>(Arrays.asList(words[1].strip().split(" ", -1))));
  }

  private static List<String> base(String words) {
    return LATENT.getOrDefault(words, List.of(words));
  }

  private StrictYaml.Resolved<Recipe> recipe(List<String> base, List<String> sets) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "dataset.type=image-folder",
                "dataset.path=" + folder,
                "prune.method=gaussian",
                "reweight.baseline=true"));
    all.addAll(base);
    all.addAll(sets);
    return Recipe.read(null, all);
  }

  /** The stages that a recipe has, each with what it depends on. */
  private static Map<String, Map<String, String>> stages(
      Recipe recipe, Function<StageId, Map<String, String>> outputs) {
    StageInputs inputs = new StageInputs(recipe, "the images", outputs, path -> "in " + path);
    Map<String, Map<String, String>> stages = new LinkedHashMap<>();
    for (StageId id : RunPlan.of(recipe, Stage.EVALUATE)) {
      stages.put(id.word(), inputs(id, recipe, inputs));
    }
    return stages;
  }

  private static Map<String, String> inputs(StageId id, Recipe recipe, StageInputs inputs) {
    ReweightPlan plan = recipe.reweight();
    String given = plan.reference().path();
    int[] trained = recipe.train().anneal() == null ? new int[] {1} : new int[] {0, 1};
    return switch (id) {
      case ENCODER -> inputs.encoder();
      case ENCODE -> inputs.encode();
      case SCORE -> inputs.score();
      case PRUNE -> inputs.prune();
      case TEXTS -> inputs.texts(texts(recipe.texts()));
      case AUTOENCODER -> inputs.autoencoder();
      case LATENTS ->
          inputs.latents(Path.of(recipe.latents().trains() ? "vae" : recipe.latents().vae()));
      case REFERENCE ->
          inputs.reference(ReweightPlan.lasting(recipe.train(), plan.reference().epochs(), 100));
      case REWEIGHT ->
          inputs.reweight(
              ReweightPlan.lasting(recipe.train(), plan.proxy().epochs(), 20),
              Path.of(given == null ? "reference" : given));
      case TRAIN -> inputs.train(plan.enabled() ? WEIGHTS : null, null);
      case TRAIN_UNWEIGHTED -> inputs.train(null, null);
      case SAMPLE -> inputs.sample(StageId.TRAIN, new int[] {0, 1}, prompts(recipe));
      case SAMPLE_UNWEIGHTED ->
          inputs.sample(StageId.TRAIN_UNWEIGHTED, new int[] {0, 1}, prompts(recipe));
      case JUDGE -> inputs.judge(new Judges(recipe).shown(), images -> identity(recipe, images));
      case EVALUATE -> inputs.evaluate("held out", "none", trained, RunPlan.hasBaseline(recipe));
    };
  }

  /** As it were: images are brought to another size where one is asked for. */
  private static String identity(Recipe recipe, Judges.Real images) {
    String size =
        recipe.dataset().size() == 0
            ? ""
            : " at " + recipe.dataset().size() + " " + recipe.dataset().resize();
    return switch (images) {
      case TRAINING -> "the images" + size;
      case REFERENCE -> recipe.evaluate().reference() + size;
      case HELD_OUT -> recipe.evaluate().heldOut() + size;
    };
  }

  /** As it were: how many captions may lack changes no text. */
  private static List<String> texts(PromptsConfig config) {
    return List.of(
        config.template(), String.valueOf(config.names()), String.valueOf(config.captions()));
  }

  private static List<String> prompts(Recipe recipe) {
    return recipe.model().prompted()
        ? List.of(recipe.texts().template(), String.valueOf(recipe.texts().names()))
        : null;
  }

  private static Map<String, String> left(StageId stage) {
    return Map.of("left by", stage.word());
  }

  private static Set<String> differing(
      Map<String, Map<String, String>> before, Map<String, Map<String, String>> after) {
    Set<String> names = new TreeSet<>(before.keySet());
    names.addAll(after.keySet());
    names.removeIf(name -> before.containsKey(name) && before.get(name).equals(after.get(name)));
    return names;
  }

  @Test
  void everyKey_rerunsTheStagesThatItMattersTo_andNoOther() throws Exception {
    for (Row row : rows()) {
      if (row.says("run") || row.says("images") || row.says("only")) {
        continue;
      }
      Set<String> changed =
          differing(
              stages(recipe(row.base(), List.of()).value(), StageInputsTest::left),
              stages(recipe(row.base(), row.sets()).value(), StageInputsTest::left));
      assertThat(changed)
          .as(String.join(", ", row.sets()))
          .isEqualTo(row.says("-") ? Set.of() : row.stages());
    }
  }

  /** A key that is not in the table has no stage that anyone thought of. */
  @Test
  void table_hasEveryKeyOfARecipe() throws Exception {
    Set<String> keys = new TreeSet<>();
    for (String more : // keys that are left out where null
        List.of(
            "optimizer: {type: adam}, dataWarmup: {}", "optimizer: {type: sgd}, infobatch: {}")) {
      List<String> sets =
          List.of(
              "model.classes=none",
              "prune.steps=[{step: k-center}]",
              "train={epochs: null, steps: 10, minSnr: 5.0, prediction: v, " + more + "}",
              "sample.guidanceWeight=null",
              "sample.guidanceScale=5",
              "sample.powerCosine={}");
      collect(recipe(List.of(), sets).value(), keys);
    }
    for (List<String> base : LATENT.values()) {
      collect(recipe(base, List.of()).value(), keys);
    }
    assertThat(rows().stream().map(Row::key).distinct())
        .as("recipe-keys.txt: add the key with the stages that it must rerun")
        .containsExactlyInAnyOrderElementsOf(keys);
  }

  /** Runs that were made before a key was known go on: without it, stages hash as they did. */
  @Test
  void keysLeftOut_orNamedWithWhatHeldBeforeThem_changeNoHash() {
    Recipe recipe = recipe(List.of(), List.of()).value();
    assertThat(Json.string(recipe.train())).doesNotContain("minSnr", "optimizer", "prediction");
    assertThat(Sha256.of(Json.string(recipe.train())))
        .isEqualTo("e4f21afa832b196fb57ea4b5bf3b60f78d57b32225f2d599f1ab0a05c744eb41");
    assertThat(Sha256.of(Json.string(recipe.model())))
        .isEqualTo("54235e1c3cabdd240ed3f1d1a0760a864831df2c5a39eac08427d8eaa8ae9c8d");
    List<String> sets = List.of("train.prediction=eps", "model.classes=all");
    assertThat(recipe(List.of(), sets).value()).isEqualTo(recipe);
  }

  /** The stages that another seed computes anew, though all before them left the same. */
  private Set<String> drawing(String... sets) {
    return differing(
        stages(recipe(List.of(sets), List.of()).value(), StageInputsTest::left),
        stages(recipe(List.of(sets), List.of("seed=1")).value(), StageInputsTest::left));
  }

  @Test
  void stagesThatDrawNothing_areSharedByAllSeeds() {
    String[] always = {
      "reference",
      "reweight",
      "train",
      "train-unweighted",
      "sample",
      "sample-unweighted",
      "evaluate"
    };
    assertThat(drawing("encode.encoder=resnet18", "encode.weights=w.pth"))
        .containsExactlyInAnyOrder(always);
    assertThat(drawing("prune.method=moderate", "encode.encoder=resnet18", "encode.weights=w.pth"))
        .containsExactlyInAnyOrder(always);
    assertThat(drawing()).contains("encoder").doesNotContain("encode", "score", "prune");
    assertThat(drawing("encode.encoder=ddae", "encode.weights=w"))
        .contains("encode")
        .doesNotContain("score", "prune");
    assertThat(drawing("prune.method=uniform")).contains("prune");
    assertThat(drawing("prune.method=uniform", "prune.ratio=1")).doesNotContain("prune");
    assertThat(drawing("prune.steps=[{step: k-center, random: 0.1}]")).contains("prune");
    assertThat(drawing(LATENT.get("mdt").toArray(String[]::new)))
        .contains("autoencoder")
        .doesNotContain("latents");
    assertThat(drawing(LATENT.get("sd").toArray(String[]::new))).contains("texts");
    assertThat(drawing(LATENT.get("sd-from").toArray(String[]::new))).doesNotContain("texts");
  }

  @Test
  void pretrainedParts_andTheStatesOfTexts_areInputs() {
    Recipe recipe =
        recipe(List.of(), List.of("model={type: stable-diffusion, from: there}")).value();
    assertThat(contents(recipe, "there/unet"))
        .containsExactly("reference", "reweight", "train", "train-unweighted");
    assertThat(contents(recipe, "there/text_encoder")).containsExactly("texts");
    assertThat(contents(recipe, "there/tokenizer")).containsExactly("texts");
    Recipe given = recipe(LATENT.get("mdt-vae"), List.of()).value();
    assertThat(contents(given, "given")).containsExactly("latents");
    Recipe trained = recipe(LATENT.get("mdt"), List.of()).value();
    assertThat(contents(trained, "vae")).containsExactly("latents");
  }

  private static void collect(Recipe recipe, Set<String> keys) throws IOException {
    collect("", new ObjectMapper().readTree(Json.string(recipe)), keys);
  }

  private static void collect(String path, JsonNode node, Set<String> keys) {
    if (!node.isObject() || node.isEmpty()) {
      keys.add(path);
      return;
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      String key = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
      collect(key, field.getValue(), keys);
    }
  }

  @Test
  void keysOfTheRunItself_areRefusedInItsFolder() throws Exception {
    RunRecord.Stage stage =
        new RunRecord.Stage(RunRecord.State.DONE, Map.of(), Map.of(), 0, 0, "", null);
    Path run = folder.resolve("run");
    RunFolder.open(run, recipe(List.of(), List.of()), Map.of()).close();
    RunRecord.read(run.resolve("run.json")).with("encode", stage).write(run.resolve("run.json"));
    RunFolder.open(run, recipe(List.of(), List.of()), Map.of()).close();
    for (Row row : rows()) {
      if (row.says("run")) {
        assertThatThrownBy(
                () -> RunFolder.open(run, recipe(List.of(), row.sets()), Map.of()).close())
            .as(row.key())
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("made by another recipe (" + row.key() + " was ");
      }
    }
  }

  @Test
  void keysOfTheReading_haveTheImagesReadAgain() throws Exception {
    Recipe base = recipe(List.of(), List.of()).value();
    String source = RunData.source(base.dataset(), base.seed());
    for (Row row : rows()) {
      if (row.says("images")) {
        Recipe other = recipe(List.of(), row.sets()).value();
        assertThat(RunData.source(other.dataset(), other.seed()))
            .as(row.key())
            .isNotEqualTo(source);
      }
    }
  }

  /** What one stage leaves, the next ones take in. */
  @Test
  void stages_takeInWhatTheEarlierOnesLeft() {
    requireTakers(
        recipe(List.of(), List.of()).value(),
        Map.of(
            "encoder", Set.of("encode", "judge"),
            "encode", Set.of("score", "evaluate"),
            "score", Set.of("prune"),
            "prune", Set.of("reweight", "train", "train-unweighted", "evaluate"),
            "train", Set.of("sample"),
            "train-unweighted", Set.of("sample-unweighted"),
            "sample", Set.of("evaluate"),
            "sample-unweighted", Set.of("evaluate")));
    Set<String> trainings = Set.of("reference", "reweight", "train", "train-unweighted");
    requireTakers(
        recipe(LATENT.get("sd"), List.of()).value(),
        Map.of("latents", trainings, "texts", trainings));
    requireTakers(recipe(LATENT.get("mdt"), List.of()).value(), Map.of("latents", trainings));
  }

  private static void requireTakers(Recipe recipe, Map<String, Set<String>> takers) {
    takers.forEach(
        (from, to) ->
            assertThat(
                    differing(
                        stages(recipe, StageInputsTest::left),
                        stages(
                            recipe,
                            stage ->
                                stage.word().equals(from) ? Map.of("x", "other") : left(stage))))
                .as(from)
                .isEqualTo(to));
  }

  @Test
  void contentsOutsideTheRun_areInputs() {
    Recipe recipe =
        recipe(
                List.of(),
                List.of("encode.weights=w.pth", "evaluate.weights={fid-inception: f.pth}"))
            .value();
    assertThat(contents(recipe, "w.pth")).containsExactly("encode");
    assertThat(contents(recipe, "f.pth")).containsExactly("evaluate", "judge");
    assertThat(contents(recipe, "reference")).containsExactly("reweight");
    StageInputs inputs = new StageInputs(recipe, "the images", StageInputsTest::left, p -> "");
    assertThat(inputs.evaluate("a", "none", new int[] {1}, true))
        .isNotEqualTo(inputs.evaluate("b", "none", new int[] {1}, true))
        .isNotEqualTo(inputs.evaluate("a", "none", new int[] {2}, true))
        .isNotEqualTo(inputs.evaluate("a", "clean images", new int[] {1}, true));
    assertThat(inputs.train(WEIGHTS, null)).isNotEqualTo(inputs.train(null, null));
    assertThat(inputs.train(null, new double[] {1, 2}))
        .isNotEqualTo(inputs.train(null, new double[] {2, 1}))
        .isNotEqualTo(inputs.train(null, null));
    assertThat(inputs.sample(StageId.TRAIN, new int[] {0, 1}, prompts(recipe)))
        .isNotEqualTo(inputs.sample(StageId.TRAIN, new int[] {0, 0}, prompts(recipe)));
    StageInputs others = new StageInputs(recipe, "other images", StageInputsTest::left, p -> "");
    assertThat(others.encode()).isNotEqualTo(inputs.encode());
  }

  /** The stages that see another content of a file. */
  private static Set<String> contents(Recipe recipe, String file) {
    Set<String> seen = new TreeSet<>();
    for (Map.Entry<String, Map<String, String>> stage :
        stages(recipe, StageInputsTest::left).entrySet()) {
      if (stage.getValue().containsValue("in " + file)) {
        seen.add(stage.getKey());
      }
    }
    return seen;
  }

  /** Draws depend on no features, whether a method draws or a step. */
  @Test
  void selection_dependsOnFeaturesWhereItReadsThem() {
    String step = "prune.steps=[{step: preset, method: %s}]";
    assertThat(selection("prune.method=uniform")).doesNotContainKeys("features", "scores");
    assertThat(selection(step.formatted("uniform"))).doesNotContainKeys("features", "scores");
    assertThat(selection(step.formatted("moderate"))).containsKey("features");
    assertThat(selection("prune.method=moderate"))
        .containsKey("scores")
        .doesNotContainKey("features");
  }

  private Map<String, String> selection(String set) {
    Recipe recipe = recipe(List.of(), List.of(set)).value();
    return new StageInputs(recipe, "the images", id -> Map.of(), path -> "in " + path).prune();
  }
}
