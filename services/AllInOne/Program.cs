return await GrokForge.AllInOne.CommandLine.RunAsync(args);
