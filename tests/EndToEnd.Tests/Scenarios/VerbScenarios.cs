using GrokForge.EndToEnd.Tests.Homes;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>Where a verb finds itself.</summary>
public enum Beside
{
    ARunningServer,
    NoServer,

    /// <summary>The data folder names a server that is no more.</summary>
    AStaleAddress,
}

/// <summary>The verbs of the executable do their work, whoever holds the data folder.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class VerbScenarios : IAsyncDisposable
{
    private readonly VerbPlace _place = new();

    [Theory]
    [InlineData(Beside.ARunningServer)]
    [InlineData(Beside.NoServer)]
    [InlineData(Beside.AStaleAddress)]
    public async Task Tokens_are_added_from_standard_input_and_from_a_file(Beside beside)
    {
        await ArriveAsync(beside);
        var spoken = await _place.RunAsync("  sso=first-token-of-a-person-0001 \n\nsecond-token-of-a-person-002\n", "token", "add", "--pool", "super");
        Assert.Equal((0, "2 added to pool super, 0 not.", ""), (spoken.Code, spoken.LastLine, spoken.Errors));

        var file = Path.Combine(_place.DataFolder, "tokens.txt");
        await File.WriteAllTextAsync(file, "third-token-of-a-person-0003\n\nfirst-token-of-a-person-0001\n", TestContext.Current.CancellationToken);
        var read = await _place.RunAsync("", "token", "add", "--file", file, "--pool", "super");
        Assert.Equal((1, "1 added to pool super, 1 not."), (read.Code, read.LastLine));
        Assert.Matches(@"^line 3: This token is in the pool already, as \d+\.\s*$", read.Errors);
        Assert.Equal(3, await _place.TokensAsync("super"));

        await File.WriteAllTextAsync(file, """{"ssoHeavy":["fourth-token-of-a-person-0004",{"token":"fifth-token-of-a-person-00005"}]}""", TestContext.Current.CancellationToken);
        var tried = await _place.RunAsync("", "token", "add", "--file", file, "--dry-run");
        Assert.Equal((0, "2 would be added to pool heavy, 0 not. Nothing was changed."), (tried.Code, tried.LastLine));
        Assert.Equal(0, await _place.TokensAsync("heavy"));
        var document = await _place.RunAsync("", "token", "add", "--file", file);
        Assert.Equal((0, "2 added to pool heavy, 0 not."), (document.Code, document.LastLine));
        Assert.Equal(2, await _place.TokensAsync("heavy"));
        Assert.DoesNotContain(Directory.GetFiles(_place.DataFolder), f => f.EndsWith(".secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_first_start_says_where_it_serves_what_it_keeps_where_and_what_to_do_next()
    {
        await _place.StartServerAsync();
        await Until.TrueAsync(() => Task.FromResult(_place.Server.Output.Contains("Stop with Ctrl+C", StringComparison.Ordinal)), "the server has told everything");

        var lines = _place.Server.Output.Split('\n').Select(l => l.TrimEnd()).ToList();
        Assert.Contains($"GrokForge serves on http://{_place.Authority.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)}", lines);
        Assert.Contains($"Data folder: {_place.DataFolder}", lines);
        Assert.True(Path.IsPathFullyQualified(_place.DataFolder));
        Assert.Contains(lines, l => l.StartsWith("Next: add a token", StringComparison.Ordinal) && l.EndsWith("grokforge token add", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("Next: make a key", StringComparison.Ordinal) && l.Contains("grokforge key create", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_of_another_folder_on_the_old_port_is_left_alone()
    {
        await using var other = new VerbPlace();
        await other.StartServerAsync();
        _place.LeaveAddressOf(other);

        var run = await _place.RunAsync("only-token-of-a-person-00001\n", "token", "add");

        Assert.Equal((0, "1 added to pool basic, 0 not."), (run.Code, run.LastLine));
        Assert.Equal((1, 0), (await _place.TokensAsync("basic"), await other.TokensAsync("basic")));
    }

    [Theory]
    [InlineData(Beside.ARunningServer)]
    [InlineData(Beside.NoServer)]
    [InlineData(Beside.AStaleAddress)]
    public async Task A_reset_password_opens_admin_and_the_one_before_does_not(Beside beside)
    {
        await ArriveAsync(beside);
        var before = await _place.RunAsync("", "reset-admin");
        var now = await _place.RunAsync("", "reset-admin");
        Assert.True((before.Code, now.Code) is (0, 0), before.Output + now.Output);
        if (beside != Beside.ARunningServer)
            await _place.StartServerAsync();
        Assert.True(await _place.AdmitsAsync(now.LastLine), now.Output);
        Assert.False(await _place.AdmitsAsync(before.LastLine));
    }

    [Theory]
    [InlineData(Beside.ARunningServer, 0, "ready")]
    [InlineData(Beside.NoServer, 1, "no server answers on ")]
    [InlineData(Beside.AStaleAddress, 1, "no server answers on ")]
    public async Task Healthcheck_tells_whether_a_server_is_ready(Beside beside, int code, string words)
    {
        await ArriveAsync(beside);
        var run = await _place.RunAsync("", "healthcheck");
        Assert.Equal((code, code == 0 ? words : words + _place.Authority), (run.Code, run.LastLine));
    }

    [Theory]
    [InlineData(Beside.ARunningServer)]
    [InlineData(Beside.NoServer)]
    public async Task The_doctor_says_what_is_wrong_and_what_helps(Beside beside)
    {
        await ArriveAsync(beside);
        var none = await _place.RunAsync("", "doctor");
        Assert.Equal(1, none.Code);
        Assert.Contains("no_token: There is no active token to try.", none.Result, StringComparison.Ordinal);
        Assert.Contains("Remedy: Import one", none.LastLine, StringComparison.Ordinal);

        await _place.RunAsync("only-token-of-a-person-00001\n", "token", "add");
        var cut = await _place.RunAsync("", "doctor");
        Assert.Equal((1, ""), (cut.Code, cut.Errors));
        Assert.Matches(@"Token \d+ \(only\*\*\*\*0001\) of pool ssoBasic, active, by egress direct\.", cut.Result);
        Assert.Contains("no_network: The upstream could not be reached: no connection.", cut.Result, StringComparison.Ordinal);
        Assert.Equal("Remedy: Check the network and proxy.base_proxy_url.", cut.LastLine);

        var unknown = await _place.RunAsync("", "doctor", "--token", "77");
        Assert.Equal(2, unknown.Code);
        Assert.Contains("there is no token 77", unknown.Errors, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _place.DisposeAsync();

    private async Task ArriveAsync(Beside beside)
    {
        if (beside == Beside.ARunningServer)
            await _place.StartServerAsync();
        else if (beside == Beside.AStaleAddress)
            _place.LeaveStaleAddress();
    }
}
