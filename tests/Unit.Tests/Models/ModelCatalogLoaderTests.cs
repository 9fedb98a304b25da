using System.Text;
using GrokForge.ServiceDefaults.Models;

namespace GrokForge.Unit.Tests.Models;

public sealed class ModelCatalogLoaderTests
{
    private const string Head = "version = 1\n";
    private const string Fast = "[[modes]]\nid = \"fast\"\nupstream_name = \"fast\"\nwindow_seconds = 10\ndefault_quota = { basic = 1, super = 2, heavy = 3 }\n";
    private const string Chat = "[[models]]\nid = \"m\"\ntype = \"chat\"\npool_floor = \"basic\"\nmode = \"fast\"\nupstream_mode = \"fast\"\n";
    private const string Socket = "[[models]]\nid = \"i\"\ntype = \"image_ws\"\npool_floor = \"super\"\nquota_sync = false\ncooldown_seconds = 300\n";
    private const string Edit = "[[models]]\nid = \"e\"\ntype = \"image_edit\"\npool_floor = \"super\"\nmode = \"fast\"\nupstream_mode = \"fast\"\nupstream_model = \"x\"\n";

    [Theory]
    [InlineData("", "c(1,1): catalog: version must be 1")]
    [InlineData("version = 2\n" + Fast + Chat, "c(1,1): catalog: version must be 1")]
    [InlineData(Head + Chat, "there must be at least one mode")]
    [InlineData(Head + Fast, "there must be at least one model")]
    [InlineData(Head + Fast + Chat + "enabled = false", "at least one model must be enabled")]
    [InlineData(Head + "colour = 1\n" + Fast + Chat, "c(2,1): catalog: unknown field colour")]
    [InlineData(Head + Fast + "colour = 1\n" + Chat, "c(7,1): mode fast: unknown field colour")]
    [InlineData(Head + Fast + Chat + "colour = 1", "c(13,1): model m: unknown field colour")]
    [InlineData(Head + Fast + Fast + Chat, "mode fast is there twice")]
    [InlineData(Head + Fast + Chat + Chat, "c(14,1): model m: model m is there twice")]
    [InlineData(Head + Fast + "[[modes]]\nid = \"b\"\nupstream_name = \"fast\"\nwindow_seconds = 1\ndefault_quota = { basic = 1, super = 2, heavy = 3 }\n" + Chat, "upstream_name fast belongs to another mode already")]
    [InlineData(Head + "[[modes]]\nid = \"fast\"\nwindow_seconds = 1\ndefault_quota = { basic = 1, super = 2, heavy = 3 }\n" + Chat, "mode fast: upstream_name is missing")]
    [InlineData(Head + "[[modes]]\nid = \"fast\"\nupstream_name = \"f\"\nwindow_seconds = 0\ndefault_quota = { basic = 1, super = 2, heavy = 3 }\n" + Chat, "window_seconds must be above 0")]
    [InlineData(Head + "[[modes]]\nid = \"fast\"\nupstream_name = \"f\"\nwindow_seconds = 1\ndefault_quota = { basic = 1, super = 2 }\n" + Chat, "pool heavy is missing")]
    [InlineData(Head + "[[modes]]\nid = \"fast\"\nupstream_name = \"f\"\nwindow_seconds = 1\ndefault_quota = { basic = 1, super = 2, heavy = -3 }\n" + Chat, "heavy must not be below 0")]
    [InlineData(Head + "[[modes]]\nid = \"fast\"\nupstream_name = \"f\"\nwindow_seconds = 1\ndefault_quota = { basic = 1, super = 2, heavy = 3, mega = 4 }\n" + Chat, "unknown field mega")]
    [InlineData(Head + "[[modes]]\nid = \"fast\"\nupstream_name = \"f\"\nwindow_seconds = 1\n" + Chat, "default_quota is missing")]
    [InlineData(Head + "[[modes]]\nupstream_name = \"f\"\nwindow_seconds = 1\ndefault_quota = { basic = 1, super = 2, heavy = 3 }\n" + Chat, "mode: id is missing")]
    [InlineData(Head + Fast + "[[models]]\nid = \"m\"\ntype = \"song\"\npool_floor = \"basic\"\nmode = \"fast\"\nupstream_mode = \"fast\"", "c(9,1): model m: type must be one of chat")]
    [InlineData(Head + Fast + "[[models]]\nid = \"m\"\ntype = \"chat\"\npool_floor = \"mega\"\nmode = \"fast\"\nupstream_mode = \"fast\"", "pool_floor must be one of basic, super, heavy")]
    [InlineData(Head + Fast + "[[models]]\nid = \"m\"\ntype = \"chat\"\npool_floor = \"xai\"\nmode = \"fast\"\nupstream_mode = \"fast\"", "pool_floor must be one of basic, super, heavy")]
    [InlineData(Head + Fast + "[[models]]\nid = \"m\"\ntype = \"chat\"\npool_floor = \"basic\"\nmode = \"slow\"\nupstream_mode = \"fast\"", "mode slow does not exist")]
    [InlineData(Head + Fast + "[[models]]\nid = \"m\"\ntype = \"chat\"\npool_floor = \"basic\"\nupstream_mode = \"fast\"", "mode is missing")]
    [InlineData(Head + Fast + "[[models]]\nid = \"m\"\ntype = \"chat\"\npool_floor = \"basic\"\nmode = \"fast\"", "upstream_mode is missing for type chat")]
    [InlineData(Head + Fast + Chat + "upstream_model = \"x\"", "upstream_model has no meaning for type chat")]
    [InlineData(Head + Fast + Chat + "cooldown_seconds = 5", "cooldown_seconds is for models with quota_sync = false")]
    [InlineData(Head + Fast + Chat + "quota_sync = false", "quota_sync = false is for type image_ws")]
    [InlineData(Head + Fast + Chat + "enable_pro = true", "enable_pro is for type image_ws")]
    [InlineData(Head + Fast + Chat + "force_thinking = \"yes\"", "force_thinking must be true or false")]
    [InlineData(Head + Fast + Chat + "routes = [\"moon\"]", "routes must be a list of grok_web, xai")]
    [InlineData(Head + Fast + Chat + "routes = []", "routes must be a list of grok_web, xai")]
    [InlineData(Head + Fast + Chat + "public = true\nhidden = true", "public and hidden contradict each other")]
    [InlineData(Head + Fast + Socket + "mode = \"fast\"", "mode has no meaning with quota_sync = false")]
    [InlineData(Head + Fast + "[[models]]\nid = \"i\"\ntype = \"image_ws\"\npool_floor = \"super\"\nquota_sync = false", "cooldown_seconds must be above 0")]
    [InlineData(Head + Fast + Socket + "upstream_mode = \"fast\"", "upstream_mode has no meaning for type image_ws")]
    [InlineData(Head + Fast + Socket + "force_thinking = true", "force_thinking is for type chat")]
    [InlineData(Head + Fast + "[[models]]\nid = \"e\"\ntype = \"video\"\npool_floor = \"super\"\nmode = \"fast\"\nupstream_mode = \"fast\"", "upstream_model is missing for type video")]
    [InlineData(Head + Fast + "[[models]]\nid = \"e\"\ntype = \"video\"\npool_floor = \"super\"\nmode = \"fast\"\nupstream_model = \"x\"", "upstream_mode is missing for type video")]
    [InlineData(Head + Fast + Chat + "routes = [\"xai\"]", "pool_floor has no meaning with the route xai alone")]
    [InlineData(Head + Fast + Chat + "routes = [\"xai\"]", "mode has no meaning with the route xai alone")]
    [InlineData(Head + Fast + Chat + "routes = [\"xai\"]", "upstream_mode has no meaning for type chat")]
    [InlineData(Head + Fast + Socket + "routes = [\"xai\"]", "routes with xai alone are for type chat")]
    [InlineData(Head + "modes = 1\nmodels = 1", "modes must be tables")]
    [InlineData(Head + "a = ", "c(2,")]
    public void A_faulty_catalog_is_refused_with_line_and_column(string text, string fault)
    {
        var (catalog, faults) = Load(text);
        Assert.Null(catalog);
        Assert.Contains(faults, f => f.Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public void A_right_catalog_of_every_shape_loads()
    {
        var (catalog, faults) = Load(Head + Fast + Chat + "force_thinking = true\n" + Socket + "enable_pro = true\n" + Edit + "routes = [\"grok_web\", \"xai\"]\npublic = false");
        Assert.Empty(faults);
        Assert.Equal(["e", "i", "m"], catalog!.Models.Select(m => m.Id));
        Assert.True(catalog.Find("m")!.ForceThinking);
        Assert.Equal((TimeSpan.FromSeconds(300), true, null), (catalog.Find("i")!.Cooldown, catalog.Find("i")!.EnablePro, catalog.Find("i")!.Mode));
        Assert.Equal(("x", "fast", true), (catalog.Find("e")!.UpstreamModel, catalog.Find("e")!.UpstreamMode, catalog.Find("e")!.Hidden));
    }

    [Fact]
    public void A_byte_order_mark_does_not_matter() => Assert.Equal(["m"], Load("\uFEFF" + Head + Fast + Chat).Catalog?.Models.Select(m => m.Id));

    [Fact]
    public void Tables_named_by_id_load_as_well()
    {
        var (catalog, faults) = Load(
            Head + "[modes.fast]\nupstream_name = \"fast\"\nwindow_seconds = 10\n[modes.fast.default_quota]\nbasic = 1\nsuper = 2\nheavy = 3\n"
            + "[models.\"m-1.5\"]\ntype = \"chat\"\npool_floor = \"ssoSuper\"\nmode = \"fast\"\nupstream_mode = \"fast\"\n");
        Assert.Empty(faults);
        Assert.Equal(Pools.Super, catalog!.Find("m-1.5")!.PoolFloor);
    }

    [Fact]
    public void A_disabled_model_is_checked_but_not_there()
    {
        var (catalog, _) = Load(Head + Fast + Chat + Edit + "enabled = false");
        Assert.Null(catalog!.Find("e"));
        Assert.NotEmpty(Load(Head + Fast + Chat + Edit + "enabled = false\nforce_thinking = true").Faults);
    }

    [Fact]
    public void A_chat_of_the_official_api_needs_no_more_than_its_name()
    {
        var (catalog, faults) = Load(Head + Fast + "[[models]]\nid = \"a\"\ntype = \"chat\"\nroutes = [\"xai\"]\n[[models]]\nid = \"b\"\ntype = \"chat\"\nroutes = [\"xai\"]\nupstream_model = \"grok-4\"");
        Assert.Empty(faults);
        Assert.Equal([("a", "a"), ("b", "grok-4")], catalog!.Models.Select(m => (m.Id, m.ApiModel)));
        Assert.All(catalog.Models, m => Assert.True(m.HasOnlyApiRoute && m.Mode is null));
    }

    [Fact]
    public void A_chat_with_both_routes_has_what_each_of_them_needs()
    {
        var (catalog, faults) = Load(Head + Fast + Chat + "routes = [\"xai\", \"grok_web\"]\nupstream_model = \"grok-4\"");
        Assert.Empty(faults);
        var model = catalog!.Find("m")!;
        Assert.Equal(("fast", "basic", "grok-4", true, false), (model.UpstreamMode, model.PoolFloor, model.ApiModel, model.HasApiRoute, model.HasOnlyApiRoute));
    }

    [Theory]
    [InlineData("xai/grok-4", "grok-4")]
    [InlineData("xai/vendor/x", "vendor/x")]
    [InlineData("xai/", null)]
    [InlineData("grok-4", null)]
    [InlineData("XAI/grok-4", null)]
    public void Any_id_of_the_official_api_is_a_model(string name, string? id) => Assert.Equal(id, ApiModels.Find(name)?.ApiModel);

    private static (ModelCatalog? Catalog, IReadOnlyList<string> Faults) Load(string text)
    {
        var (catalog, faults) = ModelCatalogLoader.Load(Encoding.UTF8.GetBytes(text), "c");
        return (catalog, [.. faults.Select(f => f.ToString())]);
    }
}
