package io.winnow.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.data.Image;
import io.winnow.data.Preprocess;
import io.winnow.data.ShapesDataset;
import io.winnow.files.AtomicFile;
import io.winnow.model.clip.Activation;
import io.winnow.model.clip.ModifiedResNet;
import io.winnow.model.clip.ModifiedResNetConfig;
import io.winnow.model.clip.VisionTransformer;
import io.winnow.model.clip.VisionTransformerConfig;
import io.winnow.model.dinov2.DinoV2;
import io.winnow.model.dinov2.DinoV2Config;
import io.winnow.model.dinov2.FeedForward;
import io.winnow.model.inception.FidInception;
import io.winnow.model.inception.InceptionV3;
import io.winnow.model.resnet.AkamasterResNet;
import io.winnow.model.resnet.CifarResNet18;
import io.winnow.model.resnet.TorchvisionResNet;
import io.winnow.model.resnet.TorchvisionResNet.Depth;
import io.winnow.nn.Layer;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Safetensors;
import io.winnow.weights.TorchFile;
import io.winnow.weights.hub.WeightCatalogue;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every encoder from a file in the form that people have it in, with made-up weights. */
class EncodersTest {
  private static final Device CPU = new Device(torch.DeviceType.CPU);

  /** Of every encoder with a published input pipeline. */
  private static final Map<String, String> PIPELINES =
      Map.ofEntries(
          Map.entry("resnet18", "tv_resnet_v1"),
          Map.entry("resnet50", "tv_resnet_v1"),
          Map.entry("resnet50-v2", "tv_resnet50_v2"),
          Map.entry("inception-v3", "tv_inception_v3"),
          Map.entry("inception-v3-no-transform-input", "tv_inception_v3"),
          Map.entry("inception-v3-instance-selection", "instance_selection_299"),
          Map.entry("fid-inception", "pytorch_fid_299"),
          Map.entry("fid-inception-tensorflow", "torch_fidelity_299"),
          Map.entry("fid-inception-clean", "clean_fid_299"),
          Map.entry("sfid-inception-tensorflow", "torch_fidelity_299"),
          Map.entry("clip-rn50", "clip_openai_224"),
          Map.entry("clip-vit-l14-336", "cmmd_336"),
          Map.entry("dinov2-s", "dinov2_224"),
          Map.entry("dinov2-b", "dinov2_224"),
          Map.entry("dinov2-l", "dinov2_224"),
          Map.entry("dinov2-g", "dinov2_224"));

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"RESNET_18, resnet18, 512", "RESNET_50, resnet50-v2, 2048"})
  void torchvisionResNet_pth_isOpened(Depth depth, String name, int dimension) throws Exception {
    Path file =
        TorchFile.stateDict(folder.resolve("net.pth"), of(new TorchvisionResNet(depth, 1000)));
    assertOpens(name, file, dimension);
  }

  @Test
  void torchvisionResNet_shardedSafetensors_isOpened() throws Exception {
    assertOpens("resnet50", sharded(of(new TorchvisionResNet(Depth.RESNET_50, 10))), 2048);
  }

  @Test
  void shardedSafetensors_areKnownByTheirShards_notByOtherFilesBeside() {
    Path index = sharded(of(new TorchvisionResNet(Depth.RESNET_18, 10)));
    String hash = WeightsSource.of(index).sha256();
    AtomicFile.writeString(folder.resolve("notes.json"), "{}");
    assertThat(WeightsSource.of(index).sha256()).isEqualTo(hash);
    Safetensors.write(
        folder.resolve("model-00002-of-00002.safetensors"), shardTwo(index), Map.of());
    assertThat(WeightsSource.of(index).sha256()).isNotEqualTo(hash);
  }

  private static Map<String, Tensor> shardTwo(Path index) {
    Map<String, Tensor> other = new LinkedHashMap<>();
    try (Safetensors.Reader shard =
        Safetensors.open(index.resolveSibling("model-00002-of-00002.safetensors"))) {
      shard.names().forEach(name -> other.put(name, shard.tensor(name).add(new Scalar(1))));
    }
    return other;
  }

  @ParameterizedTest
  @CsvSource({"inception-v3", "inception-v3-no-transform-input", "inception-v3-instance-selection"})
  void inceptionV3_pthWithAuxLogits_isOpened(String name) throws Exception {
    Map<String, Tensor> state = of(new InceptionV3(1000, InceptionV3.Input.IMAGENET_NORMALISED));
    state.put("AuxLogits.fc.weight", torch.ones(1000, 768));
    assertOpens(name, TorchFile.stateDict(folder.resolve("net.pth"), state), 2048);
  }

  @Test
  void inceptionV3_withoutTransformInput_givesOtherFeaturesUnderAnotherIdentity() throws Exception {
    Path file =
        TorchFile.stateDict(
            folder.resolve("net.pth"), of(new InceptionV3(10, InceptionV3.Input.AS_GIVEN)));
    try (Encoder with = open("inception-v3", file);
        Encoder without = open("inception-v3-no-transform-input", file);
        Scope scope = Scope.open()) {
      List<Image> image = List.of(new ShapesDataset(10, 1).image(0));
      assertThat(Tensors.floats(without.encode(image)))
          .isNotEqualTo(Tensors.floats(with.encode(image)));
      assertThat(without.identity().network())
          .isEqualTo("torchvision Inception-v3 without transform_input, global average");
      assertThat(with.identity().network())
          .isEqualTo("torchvision Inception-v3 with transform_input, global average");
    }
  }

  @Test
  void fidInception_onePth_servesAllItsModes() throws Exception {
    Path file = TorchFile.stateDict(folder.resolve("net.pth"), of(new FidInception()));
    assertOpens("fid-inception", file, 2048);
    assertOpens("fid-inception-tensorflow", file, 2048);
    assertOpens("fid-inception-clean", file, 2048);
    assertOpens("sfid-inception-tensorflow", file, FidInception.SPATIAL);
  }

  /** OpenAI's names and open_clip's are the same; the text tower is beside the image tower. */
  @ParameterizedTest
  @CsvSource({"RN50.pt", "open_clip.safetensors"})
  void clipRn50_wholeClipFile_isOpened(String fileName) throws Exception {
    ModifiedResNet tower =
        new ModifiedResNet(new ModifiedResNetConfig(List.of(1, 1, 1, 1), 8, 4, 1024, 224));
    Map<String, Tensor> state = renamed(of(tower), key -> "visual." + key);
    state.put("positional_embedding", torch.zeros(77, 8));
    state.put("text_projection", torch.zeros(8, 8));
    state.put("logit_scale", torch.zeros(1));
    assertOpens("clip-rn50", write(fileName, state), 1024);
  }

  @Test
  void clipVitL14_safetensorsOfTransformers_isOpened() throws Exception {
    VisionTransformerConfig oneLayer =
        new VisionTransformerConfig(1024, 64, 1, 16, 336, 14, 768, Activation.QUICK_GELU, 1e-5);
    Map<String, Tensor> state = of(new VisionTransformer(oneLayer));
    state.put("logit_scale", torch.zeros(1));
    state.put("text_projection.weight", torch.zeros(2, 2));
    assertOpens("clip-vit-l14-336", write("model.safetensors", state), 768);
  }

  @ParameterizedTest
  @CsvSource({
    "dinov2-s, 384, MLP, 0",
    "dinov2-s, 384, MLP, 4",
    "dinov2-b, 768, MLP, 0",
    "dinov2-l, 1024, MLP, 0",
    "dinov2-g, 1536, SWIGLU, 0"
  })
  void dinoV2_pthWithTableOf518Pixels_isOpened(
      String name, int width, FeedForward.Kind kind, int registers) throws Exception {
    DinoV2Config.Positions positions =
        registers == 0 ? DinoV2Config.Positions.PLAIN : DinoV2Config.Positions.WITH_REGISTERS;
    DinoV2Config oneBlock =
        new DinoV2Config(37, 14, width, 1, width / 64, kind, true, registers, positions);
    Map<String, Tensor> state = of(new DinoV2(oneBlock));
    state.put("mask_token", torch.zeros(1, width));
    assertOpens(name, TorchFile.stateDict(folder.resolve("net.pth"), state), width);
  }

  @ParameterizedTest
  @CsvSource({"20", "32", "44", "56", "110"})
  void cifarResNet_thOfDataParallel_isOpened(int depth) throws Exception {
    Map<String, Tensor> state = renamed(of(new AkamasterResNet(depth, 10)), key -> "module." + key);
    assertOpens("resnet" + depth + "-cifar", write("net.th", state), 64);
  }

  /** Those of the convolutions that norms were folded into as well. */
  @Test
  void close_freesTheWeights() throws Exception {
    Path file = write("net.th", of(new AkamasterResNet(20, 10)));
    open("resnet20-cifar", file).close();
    long before = Pointer.totalCount();
    open("resnet20-cifar", file).close();
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
  }

  private void assertOpens(String name, Path file, int dimension) throws Exception {
    try (Encoder encoder = open(name, file);
        Scope scope = Scope.open()) {
      assertThat(encoder.identity().name()).isEqualTo(name);
      assertThat(encoder.identity().dimension()).isEqualTo(dimension);
      Image image = new ShapesDataset(10, 1).image(0);
      assertPrepares(encoder, name, image);
      Tensor features = encoder.encode(List.of(image));
      assertThat(features.shape()).containsExactly(1, dimension);
      float[] values = Tensors.floats(features);
      assertThat(values).doesNotContain(Float.NaN);
      assertThat(values).as("features that are not all zero").isNotEqualTo(new float[dimension]);
    }
  }

  /** Its input is that of the published pipeline, in what it does and in what it says. */
  private static void assertPrepares(Encoder encoder, String name, Image image) {
    String says = encoder.identity().preprocessing();
    if (!PIPELINES.containsKey(name)) {
      assertThat(says).as(name).startsWith("native_32").contains("mean [0.485, 0.456, 0.406]");
      return;
    }
    Preprocess pipeline = Preprocess.named(PIPELINES.get(name));
    assertThat(says).as(name).isEqualTo(pipeline.identity());
    assertThat(Tensors.floats(encoder.prepare(image)))
        .as(name)
        .containsExactly(Tensors.floats(pipeline.apply(image)));
  }

  private Path write(String fileName, Map<String, Tensor> state) throws Exception {
    Path file = folder.resolve(fileName);
    if (!fileName.endsWith(".safetensors")) {
      return TorchFile.stateDict(file, state);
    }
    Safetensors.write(file, state, Map.of());
    return file;
  }

  private Path sharded(Map<String, Tensor> state) {
    List<String> keys = List.copyOf(state.keySet());
    Map<String, String> shards = new LinkedHashMap<>();
    for (int shard = 1; shard <= 2; shard++) {
      String name = "model-0000%d-of-00002.safetensors".formatted(shard);
      Map<String, Tensor> part = new LinkedHashMap<>();
      for (int i = shard - 1; i < keys.size(); i += 2) {
        part.put(keys.get(i), state.get(keys.get(i)));
        shards.put(keys.get(i), name);
      }
      Safetensors.write(folder.resolve(name), part, Map.of());
    }
    String map =
        shards.entrySet().stream()
            .map(e -> "\"" + e.getKey() + "\": \"" + e.getValue() + "\"")
            .collect(Collectors.joining(", "));
    Path index = folder.resolve("model.safetensors.index.json");
    AtomicFile.writeString(index, "{\"weight_map\": {" + map + "}}");
    return index;
  }

  /** Its tensors, filled: matrices fall from a to -a, vectors are one, running means zero. */
  private static Map<String, Tensor> of(Layer network) {
    Map<String, Tensor> state = new TreeMap<>(network.state());
    state.replaceAll(
        (key, tensor) -> {
          long[] shape = tensor.shape();
          if (!tensor.is_floating_point()) {
            return tensor;
          }
          if (shape.length < 2) {
            return key.endsWith("running_mean") ? torch.zeros(shape) : torch.ones(shape);
          }
          long fanIn = LongStream.of(shape).skip(1).reduce(1, (a, b) -> a * b);
          double a = 1 / Math.sqrt((double) fanIn);
          return torch.linspace(new Scalar(a), new Scalar(-a), tensor.numel()).view(shape);
        });
    return state;
  }

  private static Map<String, Tensor> renamed(
      Map<String, Tensor> state, UnaryOperator<String> name) {
    Map<String, Tensor> renamed = new TreeMap<>();
    state.forEach((key, tensor) -> renamed.put(name.apply(key), tensor));
    return renamed;
  }

  static Stream<Arguments> strangers() {
    return Stream.of(
            Map.of(
                "Mixed_7c.branch_pool.conv.weight",
                new long[] {1},
                "fc.weight",
                new long[] {1008, 1}),
            Map.of(
                "Mixed_7c.branch_pool.conv.weight",
                new long[] {1},
                "fc.weight",
                new long[] {1000, 1}),
            Map.of("visual.attnpool.c_proj.weight", new long[] {1}),
            Map.of("vision_model.embeddings.class_embedding", new long[] {1}),
            Map.of(
                "cls_token", new long[] {1},
                "blocks.0.ls1.gamma", new long[] {1},
                "patch_embed.proj.weight", new long[] {1}),
            Map.of(
                "conv1.weight", new long[] {64, 3, 7, 7},
                "layer1.0.conv1.weight", new long[] {1},
                "fc.weight", new long[] {10, 1}))
        .flatMap(
            shapes ->
                Stream.of(
                        "resnet20-cifar",
                        "resnet18",
                        "inception-v3",
                        "fid-inception",
                        "clip-rn50",
                        "clip-vit-l14-336",
                        "dinov2-s",
                        "ddae")
                    .map(name -> Arguments.of(name, shapes)));
  }

  @ParameterizedTest
  @MethodSource("strangers")
  void weights_ofAnotherNetwork_sayWhichTheyLookLike(String name, Map<String, long[]> shapes)
      throws Exception {
    Map<String, Tensor> state = new TreeMap<>();
    shapes.forEach((key, shape) -> state.put(key, torch.ones(shape)));
    Path file = write("other.safetensors", state);
    assertThatThrownBy(() -> open(name, file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("other.safetensors")
        .hasMessageMatching("(?s).*(looks like|holds) .*");
  }

  @Test
  void weights_thatAreAFolderOrOnePartOfSeveral_sayWhatToName() throws Exception {
    assertThatThrownBy(() -> open("resnet18", folder))
        .hasMessageContaining("is a folder; expected a file of weights");
    Path part = write("model-00001-of-00002.safetensors", Map.of("fc.weight", torch.ones(1, 1)));
    assertThatThrownBy(() -> open("resnet18", part))
        .hasMessageContaining("is one part of a file in several")
        .hasMessageContaining(".safetensors.index.json");
  }

  private static Encoder open(String name, Path file) {
    return Encoders.open(EncodeConfig.of(name, file.toString()), null, CPU, 0);
  }

  @Test
  void catalogue_hashOfAFileForAnotherEncoder_isKnown() {
    String v1 = "0676ba61" + "0".repeat(56);
    assertThat(WeightCatalogue.meantForOthers(v1, "resnet50")).isEmpty();
    assertThat(WeightCatalogue.meantForOthers(v1, "resnet50-v2").orElseThrow().fileName())
        .isEqualTo("resnet50-0676ba61.pth");
    assertThat(WeightCatalogue.meantForOthers("f".repeat(64), "resnet50")).isEmpty();
  }

  @Test
  void cifarResNet18_withoutARecord_needsItsNormalization() throws Exception {
    Path file = write("net.safetensors", of(new CifarResNet18(4, 10)));
    assertThatThrownBy(() -> open("resnet18-cifar", file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Set encode.normalization to one of");
  }
}
