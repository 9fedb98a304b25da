using GrokForge.ServiceDefaults.Models;

namespace GrokForge.Unit.Tests.Models;

public sealed class BuiltInCatalogTests
{
    private static readonly ModelCatalog Catalog = ModelCatalogLoader.BuiltIn();

    [Theory]
    [InlineData("grok-4.20", ModelType.Chat, "auto", "basic", false)]
    [InlineData("grok-4.20-fast", ModelType.Chat, "fast", "basic", false)]
    [InlineData("grok-4.20-think", ModelType.Chat, "expert", "basic", false)]
    [InlineData("grok-4.20-expert", ModelType.Chat, "expert", "basic", false)]
    [InlineData("grok-4.20-heavy", ModelType.Chat, "heavy", "heavy", false)]
    [InlineData("grok-4.20-fast-super", ModelType.Chat, "fast", "super", true)]
    [InlineData("grok-4.20-fast-heavy", ModelType.Chat, "fast", "heavy", true)]
    [InlineData("grok-4.20-think-heavy", ModelType.Chat, "expert", "heavy", true)]
    [InlineData("grok-4.20-multi-agent", ModelType.Chat, "heavy", "heavy", true)]
    [InlineData("grok-4.3-beta", ModelType.Chat, "grok43", "super", true)]
    [InlineData("grok-imagine-image", ModelType.ImageWs, null, "super", true)]
    [InlineData("grok-imagine-image-pro", ModelType.ImageWs, null, "super", true)]
    [InlineData("grok-imagine-image-lite", ModelType.ImageLite, "image_lite", "basic", true)]
    [InlineData("grok-imagine-image-edit", ModelType.ImageEdit, "auto", "super", true)]
    [InlineData("grok-imagine-video", ModelType.Video, "auto", "super", true)]
    public void Every_promised_model_is_there(string id, ModelType type, string? mode, string floor, bool hidden)
    {
        var model = Catalog.Find(id);
        Assert.NotNull(model);
        Assert.Equal((type, mode, floor, hidden), (model.Type, model.Mode?.Id, model.PoolFloor, model.Hidden));
    }

    [Fact]
    public void No_other_model_is_there() => Assert.Equal(15, Catalog.Models.Count);

    [Theory]
    [InlineData("auto", "auto", 7200, 7, 50, 150)]
    [InlineData("fast", "fast", 86400, 30, 140, 400)]
    [InlineData("expert", "expert", 7200, 2, 50, 150)]
    [InlineData("heavy", "heavy", 7200, 0, 0, 20)]
    [InlineData("grok43", "grok-420-computer-use-sa", 7200, 0, 50, 150)]
    [InlineData("image_lite", "", 86400, 5, 20, 50)]
    public void Every_mode_has_its_window_and_quotas(string id, string upstreamName, int seconds, int basic, int super, int heavy)
    {
        var mode = Catalog.FindMode(id);
        Assert.NotNull(mode);
        Assert.Equal((upstreamName, TimeSpan.FromSeconds(seconds)), (mode.UpstreamName, mode.Window));
        Assert.Equal((basic, super, heavy), (mode.DefaultQuota[Pools.Basic], mode.DefaultQuota[Pools.Super], mode.DefaultQuota[Pools.Heavy]));
        Assert.Equal(id == "image_lite", mode.Local);
    }

    [Fact]
    public void Only_the_think_model_forces_thinking() => Assert.Equal(["grok-4.20-think"], Catalog.Models.Where(m => m.ForceThinking).Select(m => m.Id));

    [Fact]
    public void The_chat_models_ask_the_upstream_for_their_mode() =>
        Assert.All(Catalog.Models.Where(m => m.Type == ModelType.Chat), m => Assert.Equal(m.Mode!.UpstreamName, m.UpstreamMode));
}
