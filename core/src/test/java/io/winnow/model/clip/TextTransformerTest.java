package io.winnow.model.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.winnow.diffusion.DiffusersJson;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Safetensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextTransformerTest {
  @TempDir Path home;

  private static TextTransformerConfig config(int endToken) {
    return new TextTransformerConfig(
        20, 8, 16, 2, 2, 6, Activation.QUICK_GELU, 1e-5, 8, 0, endToken, 1);
  }

  private static TextTransformer encoder(int endToken) {
    TextTransformer encoder = new TextTransformer(config(endToken));
    encoder.initAsTorch(4);
    encoder.train(false);
    return encoder;
  }

  private static Tensor ids(long... ids) {
    return Tensors.of(ids, 1, ids.length);
  }

  @Test
  void states_beforeAChangedToken_stayTheSame() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      TextTransformer encoder = encoder(19);
      float[] one = Tensors.floats(encoder.forward(ids(3, 4, 5, 6)));
      float[] other = Tensors.floats(encoder.forward(ids(3, 4, 9, 6)));
      for (int i = 0; i < 16; i++) {
        assertThat(one[i]).isEqualTo(other[i]);
      }
      assertThat(one[16]).isNotEqualTo(other[16]);
      assertThat(one[24]).isNotEqualTo(other[24]);
    }
  }

  @Test
  void pooled_isTheStateOfTheFirstEnd_orOfTheLargestIdWithTheLegacyValue() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor ids = ids(3, 7, 19, 7, 19);
      for (int[] endAndPlace : new int[][] {{19, 2}, {7, 1}, {2, 2}}) {
        TextTransformer encoder = encoder(endAndPlace[0]);
        Tensor last = encoder.forward(ids);
        assertThat(Tensors.floats(encoder.pooled(ids, last)))
            .containsExactly(Tensors.floats(last.select(1, endAndPlace[1])));
      }
    }
  }

  @Test
  void write_thenRead_isTheSameEncoderUnderEitherNames() {
    TextTransformer encoder = encoder(2);
    encoder.write(home);
    assertSame(TextTransformer.read(home), encoder);
    Map<String, Tensor> bare = new LinkedHashMap<>();
    encoder.state().forEach((key, t) -> bare.put(key.substring("text_model.".length()), t));
    bare.put("embeddings.position_ids", Tensors.of(new long[6], 1, 6));
    Safetensors.write(home.resolve("model.safetensors"), bare, Map.of());
    assertSame(TextTransformer.read(home), encoder);
  }

  private static void assertSame(TextTransformer read, TextTransformer encoder) {
    assertThat(read.config()).isEqualTo(encoder.config());
    encoder
        .state()
        .forEach(
            (key, tensor) ->
                assertThat(Tensors.floats(read.state().get(key)))
                    .as(key)
                    .containsExactly(Tensors.floats(tensor)));
  }

  @Test
  void forward_idsThatDoNotFit_areRefused() {
    assertThatThrownBy(() -> encoder(19).forward(ids(1, 2, 3, 4, 5, 6, 7)))
        .hasMessage(
            "TextTransformer ids: shape [1, 7], expected [*, 1 to 6]. Truncate the prompts.");
    assertThatThrownBy(() -> encoder(19).forward(ids(1, 20)))
        .hasMessage(
            "TextTransformer ids: token 20 of a vocabulary of 20. Is the tokenizer that of another"
                + " model?");
  }

  @Test
  void read_folderWithoutIt_saysWhatIsMissing() {
    assertThatThrownBy(() -> TextTransformer.read(home))
        .hasMessage(
            home.resolve("config.json")
                + ": is missing; expected the folder of a CLIPTextModel of transformers");
  }

  @Test
  void fromJson_activationThatIsNotHere_isRefused() {
    ObjectNode json = config(2).toJson();
    json.put("hidden_act", "relu");
    assertThatThrownBy(() -> TextTransformerConfig.fromJson(new DiffusersJson("text", json)))
        .hasMessage(
            "text hidden_act: \"relu\" is not supported; expected \"quick_gelu\" or \"gelu\"");
    json.put("hidden_act", "gelu");
    json.put("num_attention_heads", 3);
    assertThatThrownBy(() -> TextTransformerConfig.fromJson(new DiffusersJson("text", json)))
        .hasMessageContaining("num_attention_heads is 3, but must divide hidden_size, 8");
  }
}
