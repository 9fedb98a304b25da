using System.Text.Json.Nodes;
using GrokForge.Simulator.Records;

namespace GrokForge.Unit.Tests.Simulator;

/// <summary>Every deviation from §2.1, §2.2 and §3.1 of the wire protocol is reported, and a valid request shows none.</summary>
public sealed class ProtocolRuleTests : SimulatorTest
{
    private static readonly string[] OptionalHeaders = ["Sec-Ch-Ua-Arch", "Sec-Ch-Ua-Bitness"];

    public static TheoryData<string> HeaderNames => [.. GrokCall.Chat("Hi").Headers.Keys];

    public static TheoryData<string> FieldNames => [.. GrokCall.Chat("Hi").Body.Select(pair => pair.Key)];

    public static TheoryData<string> DeviceFieldNames => [.. GrokCall.Chat("Hi").Body["deviceEnvInfo"]!.AsObject().Select(pair => pair.Key)];

    public static TheoryData<string> FlipNames => [.. Flips.All.Keys];

    [Fact]
    public async Task A_valid_chat_request_has_no_violations() => Assert.Empty(await ViolationsOfAsync(GrokCall.Chat("Hi")));

    [Fact]
    public async Task A_chat_request_with_every_optional_field_has_no_violations()
    {
        var uploaded = JsonNode.Parse(await BodyOfAsync(GrokCall.Upload("aGk=")))!;
        Assert.Empty(await ViolationsOfAsync(GrokCall.FullChat((string)uploaded["fileMetadataId"]!)));
    }

    [Fact]
    public async Task Valid_media_requests_have_no_violations()
    {
        Assert.Empty(await ViolationsOfAsync(GrokCall.ImageEdit()));
        Assert.Empty(await ViolationsOfAsync(GrokCall.Video()));
    }

    [Fact]
    public async Task Valid_quota_and_upload_requests_have_no_violations()
    {
        Assert.Empty(await ViolationsOfAsync(GrokCall.Quota("fast")));
        Assert.Empty(await ViolationsOfAsync(GrokCall.Upload("aGk=")));
    }

    [Fact]
    public async Task Headers_and_cookies_that_are_optional_have_no_violations()
    {
        var call = GrokCall.Chat("Hi");
        call.Headers["Cookie"] += "; cf_clearance=abc; __cf_bm=def; _cfuvid=ghi; cf_chl_rc_i=1";
        call.Headers["Cache-Control"] = "no-cache";
        call.Headers["Pragma"] = "no-cache";
        call.Headers["x-statsig-id"] = "opaque";
        call.Headers["Baggage"] = "opaque=1";
        call.Headers["Accept-Encoding"] = "gzip, deflate, br, zstd";
        call.Headers["Origin"] = BaseAddress.GetLeftPart(UriPartial.Authority);
        call.Headers["Referer"] = BaseAddress.ToString();
        Assert.Empty(await ViolationsOfAsync(call));
    }

    [Fact]
    public async Task A_browser_without_client_hints_has_no_violations()
    {
        var call = GrokCall.Chat("Hi");
        foreach (var name in call.Headers.Keys.Where(name => name.StartsWith("Sec-Ch-", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            call.Headers.Remove(name);
        }

        call.Headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        Assert.Empty(await ViolationsOfAsync(call));
    }

    [Theory, MemberData(nameof(HeaderNames))]
    public async Task A_missing_header_is_reported(string name)
    {
        var call = GrokCall.Chat("Hi");
        call.Headers.Remove(name);
        var violations = await ViolationsOfAsync(call);
        if (OptionalHeaders.Contains(name))
        {
            Assert.Empty(violations);
        }
        else
        {
            Assert.Contains(violations, violation => violation.Item == name);
        }
    }

    [Theory, MemberData(nameof(HeaderNames))]
    public async Task A_wrong_header_value_is_reported(string name)
    {
        var call = GrokCall.Chat("Hi");
        call.Headers[name] = "!";
        Assert.Contains(await ViolationsOfAsync(call), violation => violation.Item == name);
    }

    [Theory, MemberData(nameof(FieldNames))]
    public async Task A_missing_body_field_is_reported(string name)
    {
        var call = GrokCall.Chat("Hi");
        call.Body.Remove(name);
        Assert.Contains(await ViolationsOfAsync(call), violation => violation.Section == "3.1" && violation.Item == name);
    }

    [Theory, MemberData(nameof(FieldNames))]
    public async Task A_null_body_field_is_reported(string name)
    {
        var call = GrokCall.Chat("Hi");
        call.Body[name] = null;
        Assert.Contains(await ViolationsOfAsync(call), violation => violation.Section == "3.1" && violation.Item == name);
    }

    [Theory, MemberData(nameof(FieldNames))]
    public async Task A_body_field_of_the_wrong_type_is_reported(string name)
    {
        var call = GrokCall.Chat("Hi");
        call.Body[name] = call.Body[name] is JsonValue value && value.TryGetValue<string>(out _) ? 7 : "7";
        Assert.Contains(await ViolationsOfAsync(call), violation => violation.Section == "3.1" && violation.Item == name);
    }

    [Theory, MemberData(nameof(DeviceFieldNames))]
    public async Task A_missing_or_wrong_device_field_is_reported(string name)
    {
        var missing = GrokCall.Chat("Hi");
        missing.Body["deviceEnvInfo"]!.AsObject().Remove(name);
        Assert.Contains(await ViolationsOfAsync(missing), violation => violation.Item == "deviceEnvInfo." + name);

        Grok.Reset();
        var wrong = GrokCall.Chat("Hi");
        wrong.Body["deviceEnvInfo"]![name] = "7";
        Assert.Contains(await ViolationsOfAsync(wrong), violation => violation.Item == "deviceEnvInfo." + name);
    }

    [Theory, MemberData(nameof(FlipNames))]
    public async Task A_single_deviation_is_reported_where_it_is(string name)
    {
        var flip = Flips.All[name];
        var call = flip.From();
        flip.Change(call);
        Assert.Contains(await ViolationsOfAsync(call), violation => violation.Section == flip.Section && violation.Item == flip.Item);
    }

    [Fact]
    public async Task A_second_cookie_header_is_reported()
    {
        // As it goes over the wire: a client of .NET would join them.
        var call = GrokCall.Chat("Hi");
        call.Headers["Cookie"] += "\r\nCookie: cf_clearance=c";
        await RawAnswer.ReadAsync(BaseAddress, call, Token);
        Assert.Contains(Grok.Violations, violation => violation is { Section: "2.1", Item: "Cookie" });
    }

    [Fact]
    public async Task A_request_id_used_twice_is_reported()
    {
        var call = GrokCall.Chat("Hi");
        Assert.Empty(await ViolationsOfAsync(call));
        Assert.Contains(await ViolationsOfAsync(call), violation => violation.Item == "x-xai-request-id");
    }

    [Fact]
    public async Task A_file_of_another_token_is_reported()
    {
        var uploaded = JsonNode.Parse(await BodyOfAsync(GrokCall.Upload("aGk=", "sso-2")))!;
        Assert.Contains(await ViolationsOfAsync(GrokCall.FullChat((string)uploaded["fileMetadataId"]!)), violation => violation.Item == "fileAttachments");
    }

    [Fact]
    public async Task An_unknown_path_is_reported_and_answers_404()
    {
        using var response = await Client.GetAsync(new Uri("/rest/nothing", UriKind.Relative), Token);
        Assert.Equal(404, (int)response.StatusCode);
        Assert.Equal("/rest/nothing", Assert.Single(Grok.Violations).Item);
    }

    [Fact]
    public async Task A_violation_never_quotes_a_cookie()
    {
        var call = GrokCall.Chat("Hi", "very-secret");
        call.Headers["Cookie"] = "sso=very-secret; sso-rw=very-secret-too; session=very-secret";
        Assert.DoesNotContain(await ViolationsOfAsync(call), violation => violation.ToString().Contains("very-secret", StringComparison.Ordinal));
    }

    private async Task<IReadOnlyList<Violation>> ViolationsOfAsync(GrokCall call)
    {
        await BodyOfAsync(call);
        return Grok.Violations;
    }
}
